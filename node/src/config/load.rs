//! Reads a configuration from its three sources and finds keys that do not exist.
//!
//! The default configuration is the schema: its keys are the known ones and its values tell how a
//! text from the environment or a flag is read.

use std::path::PathBuf;

use toml::{Table, Value};

use super::Config;
use crate::coded::Coded;

/// Environment variables with this prefix and a double underscore are settings.
const ENV_PREFIX: &str = "QUORATE_";
/// The section of resolvers, whose keys are names that models give.
const RESOLVERS: &str = "resolvers";
/// Largest configuration file.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

/// Where a configuration comes from.
#[derive(Debug, Clone, Default)]
pub struct Source {
    /// TOML file.
    pub file: Option<PathBuf>,
    /// Environment: names and values.
    pub env: Vec<(String, String)>,
    /// Flags: `section.key` and value, in order.
    pub flags: Vec<(String, String)>,
}

/// Reads file, environment and flags; later ones win.
///
/// # Errors
/// If the file can't be read, a key does not exist, or a value is of the wrong type.
pub fn load(source: &Source) -> Result<Config, Coded> {
    let schema = schema();
    let mut table = match &source.file {
        Some(path) => read(path)?,
        None => Table::new(),
    };
    known_keys(&schema, &table, "the file")?;
    for (name, text) in &source.env {
        let Some(path) = name.strip_prefix(ENV_PREFIX) else { continue };
        let Some((section, key)) = path.split_once("__") else { continue };
        let (section, key) = (section.to_lowercase(), key.to_lowercase());
        set(&schema, &mut table, &section, &key, text, name)?;
    }
    for (name, text) in &source.flags {
        let (section, key) = name.split_once('.').ok_or_else(|| {
            Coded::config("CONFIG_INVALID", format!("`{name}` must be section.key, as in node.id"))
        })?;
        set(&schema, &mut table, section, key, text, name)?;
    }
    table.try_into().map_err(|error: toml::de::Error| {
        Coded::config(
            "CONFIG_INVALID",
            format!("the configuration is not valid: {}", error.message()),
        )
    })
}

/// The effective configuration as TOML.
#[must_use]
pub fn dump(config: &Config) -> String {
    toml::to_string_pretty(config).expect("a configuration is plain tables and values")
}

fn schema() -> Table {
    Table::try_from(Config::default()).expect("a configuration is plain tables and values")
}

fn read(path: &PathBuf) -> Result<Table, Coded> {
    let unreadable = |what: &dyn std::fmt::Display| {
        let message = format!("the file {} can't be read: {what}", path.display());
        Coded::config("CONFIG_UNREADABLE", message)
    };
    let size = std::fs::metadata(path).map_err(|error| unreadable(&error))?.len();
    if size > FILE_BYTES_MAX {
        return Err(unreadable(&format!("it is larger than {FILE_BYTES_MAX} bytes")));
    }
    let text = std::fs::read_to_string(path).map_err(|error| unreadable(&error))?;
    text.parse().map_err(|error: toml::de::Error| {
        Coded::config("CONFIG_INVALID", format!("{} is not valid TOML: {error}", path.display()))
    })
}

fn known_keys(schema: &Table, table: &Table, place: &str) -> Result<(), Coded> {
    for (section, keys) in table {
        let known = section_of(schema, section, place)?;
        let Some(keys) = keys.as_table() else {
            return Err(Coded::config("CONFIG_INVALID", format!("`{section}` must be a section")));
        };
        // Their names are the customer's; what each of them may say is checked where it is read.
        if section == RESOLVERS {
            continue;
        }
        for key in keys.keys() {
            value_of(known, section, key, place)?;
        }
    }
    Ok(())
}

fn section_of<'a>(schema: &'a Table, section: &str, place: &str) -> Result<&'a Table, Coded> {
    match schema.get(section).and_then(Value::as_table) {
        Some(table) => Ok(table),
        None => Err(unknown(section, section, schema, place)),
    }
}

fn value_of<'a>(
    known: &'a Table,
    section: &str,
    key: &str,
    place: &str,
) -> Result<&'a Value, Coded> {
    known.get(key).ok_or_else(|| unknown(&format!("{section}.{key}"), key, known, place))
}

fn unknown(full: &str, name: &str, known: &Table, place: &str) -> Coded {
    let nearest = known.keys().min_by_key(|key| distance(name, key));
    let names: Vec<&str> = known.keys().map(String::as_str).collect();
    let hint = match nearest {
        Some(key) if distance(name, key) <= 3.max(name.len() / 3) => {
            format!("did you mean `{key}`?")
        }
        _ => format!("known are {}", names.join(", ")),
    };
    Coded::config("CONFIG_UNKNOWN_KEY", format!("`{full}` in {place} is not a setting; {hint}"))
}

fn set(
    schema: &Table,
    table: &mut Table,
    section: &str,
    key: &str,
    text: &str,
    name: &str,
) -> Result<(), Coded> {
    let place = format!("`{name}`");
    if section == RESOLVERS {
        let message = format!("{place}: resolvers are set in the file only");
        return Err(Coded::config("CONFIG_UNKNOWN_KEY", message));
    }
    let pattern = value_of(section_of(schema, section, &place)?, section, key, &place)?;
    let value = parse(pattern, text).ok_or_else(|| {
        let message = format!("{place} is `{text}`; expected {}", expected(pattern));
        Coded::config("CONFIG_INVALID", message)
    })?;
    let entry = table.entry(section).or_insert_with(|| Value::Table(Table::new()));
    entry.as_table_mut().expect("sections were checked").insert(key.into(), value);
    Ok(())
}

fn expected(pattern: &Value) -> &'static str {
    match pattern {
        Value::Integer(_) => "a whole number",
        Value::Array(_) => "id=host:port, separated by commas",
        _ => "a text",
    }
}

/// Reads a text as the type that the default has. Peers are written `1=host:port,2=host:port`.
fn parse(pattern: &Value, text: &str) -> Option<Value> {
    match pattern {
        Value::Integer(_) => text.trim().parse().ok().map(Value::Integer),
        Value::Array(_) => {
            let peers = text.split(',').filter(|part| !part.trim().is_empty()).map(|part| {
                let (id, address) = part.trim().split_once('=')?;
                let mut peer = Table::new();
                peer.insert("id".into(), Value::Integer(id.trim().parse().ok()?));
                peer.insert("address".into(), Value::String(address.trim().into()));
                Some(Value::Table(peer))
            });
            peers.collect::<Option<Vec<_>>>().map(Value::Array)
        }
        _ => Some(Value::String(text.into())),
    }
}

/// Number of edits between two short names.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, left) in a.chars().enumerate() {
        let mut before = row[0];
        row[0] = i + 1;
        for (j, right) in b.iter().enumerate() {
            let replaced = before + usize::from(left != *right);
            before = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(row[j + 1] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn from(text: &str, env: &[(&str, &str)], flags: &[(&str, &str)]) -> Result<Config, Coded> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        let pairs = |list: &[(&str, &str)]| {
            list.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
        };
        let file = Some(file.path().to_path_buf());
        load(&Source { file, env: pairs(env), flags: pairs(flags) })
    }

    #[test]
    fn flags_win_over_the_environment_and_that_over_the_file() {
        let file = "[node]\nid = 1\ndata = \"file\"\n[cluster]\npartitions = 8\n";
        let env = [("QUORATE_NODE__ID", "2"), ("QUORATE_NODE__DATA", "env"), ("HOME", "/")];
        let config = from(file, &env, &[("node.id", "3")]).unwrap();
        assert_eq!(config.node.id, 3);
        assert_eq!(config.node.data, PathBuf::from("env"));
        assert_eq!(config.cluster.partitions, 8);
    }

    #[test]
    fn peers_are_read_from_the_file_and_from_one_text() {
        let file = "[cluster]\npeers = [{ id = 1, address = \"a:1\" }]\n";
        assert_eq!(from(file, &[], &[]).unwrap().cluster.peers.len(), 1);
        let env = [("QUORATE_CLUSTER__PEERS", "1=a:1, 2=b:2")];
        let peers = from(file, &env, &[]).unwrap().cluster.peers;
        assert_eq!((peers[1].id, peers[1].address.as_str()), (2, "b:2"));
    }

    #[test]
    fn an_unknown_key_names_the_nearest_one() {
        let error = from("[node]\nidd = 1\n", &[], &[]).unwrap_err();
        assert_eq!(error.code, "CONFIG_UNKNOWN_KEY");
        assert!(error.message.contains("did you mean `id`?"), "{error}");
        let error = from("[nod]\nid = 1\n", &[], &[]).unwrap_err();
        assert!(error.message.contains("did you mean `node`?"), "{error}");
        let error = from("", &[("QUORATE_LISTEN__CLEINT", "x")], &[]).unwrap_err();
        assert!(error.message.contains("did you mean `client`?"), "{error}");
        let peer = "[cluster]\npeers = [{ id = 1, adress = \"a:1\" }]\n";
        assert_eq!(from(peer, &[], &[]).unwrap_err().code, "CONFIG_INVALID");
    }

    #[test]
    fn resolvers_are_named_in_the_file() {
        let file = "[resolvers.hr]\nurl = \"http://hr/who\"\n[resolvers.crm]\nurl = \"http://crm\"\n\
                    timeout_ms = 900\n";
        let config = from(file, &[], &[]).unwrap();
        let timeouts = ["hr", "crm"].map(|name| config.resolvers[name].timeout_ms);
        assert_eq!(timeouts, [5_000, 900]);
        assert_eq!(from(&dump(&config), &[], &[]).unwrap(), config);
        let error = from("[resolvers.hr]\nurll = \"http://hr\"\n", &[], &[]).unwrap_err();
        assert_eq!(error.code, "CONFIG_INVALID");
        let error = from("", &[("QUORATE_RESOLVERS__HR", "http://hr")], &[]).unwrap_err();
        assert!(error.message.contains("in the file only"), "{error}");
    }

    #[test]
    fn a_wrong_type_is_refused_where_it_stands() {
        let error = from("", &[("QUORATE_NODE__ID", "one")], &[]).unwrap_err();
        assert_eq!(error.code, "CONFIG_INVALID");
        assert!(error.message.contains("QUORATE_NODE__ID"), "{error}");
        assert_eq!(from("[node]\nid = \"one\"\n", &[], &[]).unwrap_err().code, "CONFIG_INVALID");
    }

    #[test]
    fn a_dump_reads_back_as_the_same() {
        let mut config = from("", &[], &[("node.id", "3")]).unwrap();
        config.cluster.peers = vec![super::super::PeerConfig { id: 3, address: "a:1".into() }];
        assert_eq!(from(&dump(&config), &[], &[]).unwrap(), config);
    }
}
