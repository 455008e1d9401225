//! Data objects: typed variables that a scope has from its beginning, requirements S3-41 to S3-46.
//!
//! Types are those of XML Schema that the import knows. Objects typed by a JSON Schema, which S3-46
//! offers as an extension, are not there: `json` says only that it is an object or a list.

mod support;

use engine::{Command, Instance, Rejection, Step};
use expr::Value;
use support::{Driver, notation, variables};

const AMOUNT: &str = "<dataObject id=\"d1\" name=\"amount\" itemSubjectRef=\"xsd:int\"/>\n\
                      start s -> a\n\
                      user a -> e\n\
                      end e\n";

fn of_process(driver: &Driver, name: &str) -> Option<Value> {
    driver.instance.variables().get(name).cloned()
}

fn number(number: i64) -> Value {
    Value::from(number)
}

/// A process with one data object of a type; what the import says of it.
fn rules_of(data_type: &str) -> Vec<String> {
    let object = format!("<dataObject id=\"d\" name=\"x\" itemSubjectRef=\"{data_type}\"/>\n");
    let xml = notation::to_xml(&format!("{object}start s -> e\nend e\n"));
    match bpmn::import(xml.as_bytes(), &bpmn::Limits::default()) {
        Ok(_) => Vec::new(),
        Err(problems) => problems.iter().map(|it| it.rule.as_str().to_owned()).collect(),
    }
}

fn set(driver: &mut Driver, pairs: &[&str]) -> Result<Step, Rejection> {
    driver.command(&Command::SetVariables {
        activity: None,
        local: false,
        variables: variables(pairs),
        expected_version: None,
    })
}

#[test]
fn s3_41_a_data_object_is_a_variable_from_the_start() {
    let driver = Driver::started(AMOUNT, &[]);
    assert_eq!(of_process(&driver, "amount"), Some(Value::Null));
}

#[test]
fn s3_42_types_of_xml_schema_are_accepted_and_others_are_not() {
    let known = [
        "string", "boolean", "int", "long", "integer", "double", "float", "decimal", "dateTime",
        "datetime", "date", "json", "anyType",
    ];
    for name in known {
        assert_eq!(rules_of(&format!("xsd:{name}")), [""; 0], "{name}");
    }
    assert_eq!(rules_of("xsd:duration"), ["data-type-unknown"]);
    assert_eq!(rules_of("tns:Invoice"), ["data-type-unknown"]);
}

#[test]
fn s3_43_the_variable_has_the_name_of_the_object() {
    let driver = Driver::started(
        "<dataObject id=\"d1\" name=\"Amount\" itemSubjectRef=\"_int\"/>\n\
         <dataObject id=\"d2\"/>\n\
         ^<itemDefinition id=\"_int\" structureRef=\"xsd:int\"/>\n\
         start s -> a\nuser a -> e\nend e\n",
        &[],
    );
    assert_eq!(of_process(&driver, "Amount"), Some(Value::Null));
    assert_eq!(of_process(&driver, "d1"), None);
    assert_eq!(of_process(&driver, "d2"), Some(Value::Null), "without a name the id stands for it");
}

#[test]
fn s3_44_a_default_holds_unless_the_start_gives_a_value() {
    let text = "<dataObject id=\"i\" itemSubjectRef=\"xsd:int\" quorate:default=\"5\"/>\n\
                <dataObject id=\"b\" itemSubjectRef=\"xsd:boolean\"><extensionElements><flowable:value>true</flowable:value></extensionElements></dataObject>\n\
                <dataObject id=\"t\" itemSubjectRef=\"xsd:string\" quorate:default=\"5\"/>\n\
                <dataObject id=\"m\" itemSubjectRef=\"xsd:dateTime\" quorate:default=\"2030-01-31T09:30:00Z\"/>\n\
                <dataObject id=\"d\" itemSubjectRef=\"xsd:decimal\" quorate:default=\"1.50\"/>\n\
                <dataObject id=\"j\" itemSubjectRef=\"xsd:json\" quorate:default='{\"a\": [1]}'/>\n\
                <dataObject id=\"list\" itemSubjectRef=\"xsd:int\" isCollection=\"true\" quorate:default=\"[1, 2]\"/>\n\
                <dataObject id=\"any\" quorate:default=\"7\"/>\n\
                <dataObject id=\"word\" quorate:default=\"seven\"/>\n\
                start s -> a\nuser a -> e\nend e\n";
    let json = |driver: &Driver, name: &str| of_process(driver, name).expect("set").to_json();
    let driver = Driver::started(text, &[]);
    for (name, expected) in [
        ("i", "5"),
        ("b", "true"),
        ("t", "\"5\""),
        ("m", "\"2030-01-31T09:30:00Z\""),
        ("d", "1.50"),
        ("j", "{\"a\":[1]}"),
        ("list", "[1,2]"),
        ("any", "7"),
        ("word", "\"seven\""),
    ] {
        assert_eq!(json(&driver, name).to_string(), expected, "{name}");
    }
    let driver = Driver::started(text, &["i=6", "word=null"]);
    assert_eq!(of_process(&driver, "i"), Some(number(6)));
    assert_eq!(of_process(&driver, "word"), Some(Value::Null));
}

#[test]
fn s3_45_an_object_of_a_sub_process_is_not_seen_around_it() {
    let mut driver = Driver::started(
        "start s -> p\n\
         sub p -> b {\n\
         <dataObject id=\"x\" itemSubjectRef=\"xsd:int\" quorate:default=\"1\"/>\n\
         start ps -> a\nuser a -> pe\nend pe\n}\n\
         user b -> e\nend e\n",
        &["x=outer"],
    );
    let inside = driver.instance.activity(driver.open("a").expect("open")).expect("open").branch;
    assert_eq!(driver.instance.variable(inside, "x"), Some(&number(1)));
    let refused = driver.complete("a", &["x=text"]).expect_err("the inner x is an int");
    assert_eq!(refused.code(), "TYPE_MISMATCH");
    driver.complete("a", &["x=2"]).expect("completes");
    assert_eq!(of_process(&driver, "x"), Some(Value::from("outer")));
    driver.complete("b", &["x=text"]).expect("the outer x is of no type");
}

#[test]
fn s3_45_each_passing_of_a_sub_process_has_its_own_object() {
    let mut driver = Driver::started(
        "start s -> p\n\
         sub p -> x {\n\
         <dataObject id=\"count\" itemSubjectRef=\"xsd:int\" quorate:default=\"1\"/>\n\
         start ps -> a\nuser a -> pe\nend pe\n}\n\
         xor x -> p [= again], e default\nend e\n",
        &["again=true"],
    );
    driver.complete("a", &["count=9"]).expect("completes");
    let inside = driver.instance.activity(driver.open("a").expect("open")).expect("open").branch;
    assert_eq!(driver.instance.variable(inside, "count"), Some(&number(1)));
}

#[test]
fn s3_46_values_of_a_declared_type_are_checked_when_they_are_written() {
    let refused = |result: Result<Step, Rejection>| result.expect_err("refused").to_string();
    let mut unborn = Driver::new(support::model(AMOUNT));
    let said = refused(unborn.start(&["amount=text"]));
    assert!(said.contains("amount") && said.contains("int") && said.contains("string"), "{said}");
    assert_eq!(unborn.instance, Instance::unborn(unborn.instance.key()), "nothing has changed");

    let mut driver = Driver::started(AMOUNT, &["amount=2147483647"]);
    for wrong in ["amount=2147483648", "amount=1.5", "amount=true", "amount=[1]", "amount={}"] {
        refused(driver.complete("a", &[wrong]));
        refused(set(&mut driver, &[wrong]));
    }
    set(&mut driver, &["amount=null", "other=text"]).expect("null is of every type");
    driver.complete("a", &["amount=-1"]).expect("completes");
}

#[test]
fn s3_46_lists_and_json_are_checked() {
    let text = "<dataObject id=\"list\" itemSubjectRef=\"xsd:string\" isCollection=\"true\"/>\n\
                <dataObject id=\"json\" itemSubjectRef=\"xsd:json\"/>\n\
                start s -> a\nuser a -> e\nend e\n";
    let mut driver = Driver::started(text, &[]);
    for wrong in ["list=text", "list=[1]", "json=1", "json=text"] {
        let refused = set(&mut driver, &[wrong]).expect_err("refused");
        assert_eq!(refused.code(), "TYPE_MISMATCH", "{wrong}");
    }
    for right in ["list=[]", "list=[\"a\"]", "json={\"a\":1}", "json=[]"] {
        set(&mut driver, &[right]).unwrap_or_else(|refused| panic!("{right}: {refused}"));
    }
}

#[test]
fn s3_46_what_the_process_computes_is_checked_as_well() {
    let text = "<dataObject id=\"d1\" name=\"share\" itemSubjectRef=\"xsd:int\"/>\n\
                start s -> a\nuser a -> c\neval c do==total/people result=share -> b\n\
                user b -> e\nend e\n";
    let mut driver = Driver::started(text, &["total=10"]);
    let refused = driver.complete("a", &["people=4"]).expect_err("2.5 is no int");
    assert_eq!(refused.code(), "SERVICE_FAILED");
    driver.complete("a", &["people=5"]).expect("2 is an int");
    assert_eq!(of_process(&driver, "share"), Some(number(2)));
}
