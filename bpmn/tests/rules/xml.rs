//! Rules of the bytes, the XML and the ids.

use super::Expected;
use super::common::{file, process, through};

pub(super) fn rows() -> Vec<(Expected, String)> {
    let attributes: String = (0..65).map(|n| format!(" a{n}='1'")).collect();
    let namespaces: String = (0..40).map(|n| format!(" xmlns:n{n} = 'urn:{n}'")).collect();
    let more: String = (40..80).map(|n| format!(" xmlns:n{n} = 'urn:{n}'")).collect();
    vec![
        (&[("encoding-not-utf8", "")], file("<!-- é -->").replace("UTF-8", "ISO-8859-1")),
        (&[("dtd-not-allowed", "")], "<!DOCTYPE a><a/>".into()),
        (&[("dtd-not-allowed", "")], "<a><!ENTITY b 'c'></a>".into()),
        (&[("xml-too-deep", "")], format!("{}{}", "<a>".repeat(101), "</a>".repeat(101))),
        (&[("xml-too-many-elements", "")], format!("<a>{}</a>", "<b/>".repeat(20_000))),
        (&[("xml-too-many-elements", "")], format!("<a>{}</a>", "<!---->".repeat(200_000))),
        (&[("xml-too-many-attributes", "")], format!("<a{attributes}/>")),
        (&[("xml-too-many-namespaces", "")], format!("<a{namespaces}><b{more}/></a>")),
        (&[("xml-text-too-long", "")], format!("<a b='{}'/>", "x".repeat(65_537))),
        (&[("xml-text-too-long", "")], format!("<a>{}</a>", "x".repeat(65_537))),
        (&[("xml-text-too-long", "")], format!("<a><![CDATA[{}]]></a>", "x".repeat(65_537))),
        (&[("xml-not-well-formed", "")], "<a><b></a>".into()),
        (&[("xml-not-well-formed", "")], String::new()),
        (&[("not-bpmn", "")], "<definitions xmlns='http://schema.omg.org/spec/BPMN/2.0'/>".into()),
        (&[("no-executable-process", "")], file("<message id='m'/>")),
        (
            &[("no-executable-process", "")],
            file("<process id='p' isExecutable='false'><bad/></process>"),
        ),
        (
            &[("id-missing", "")],
            file(
                "<process><startEvent id='s'/><sequenceFlow sourceRef='s' targetRef='e'/><endEvent id='e'/></process>",
            ),
        ),
        (
            &[("id-missing", "")],
            process(
                "<startEvent id='s'/><sequenceFlow sourceRef='s' targetRef='e'/><endEvent id='e'/><task id=' '/>",
            ),
        ),
        (
            &[("id-duplicate", "s")],
            through("<task id='x'/>").replace("'f2'", "\"s\"").replace("\"f2\"", "\"s\""),
        ),
        (
            &[("id-too-long", CUT_ID)],
            through("<task id='x'/>").replace("\"f1\"", &format!("\"{LONG_ID}\"")),
        ),
    ]
}

const LONG_ID: &str = text(&[b'i'; 257]);
/// What a problem shows of it.
const CUT_ID: &str = text(&[b'i'; 256]);

const fn text(bytes: &'static [u8]) -> &'static str {
    match std::str::from_utf8(bytes) {
        Ok(id) => id,
        Err(_) => panic!("ASCII is UTF-8"),
    }
}
