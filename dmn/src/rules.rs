//! The table of rules: id, severity and meaning of everything an import can find.
//!
//! An id is a promise to users who filter on it: it is never renamed and never reused.

use std::fmt;

use crate::problem::Severity;

/// Stable kebab-case name of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct RuleId {
    id: &'static str,
    severity: Severity,
}

impl RuleId {
    /// The name, as listed in [`RULES`].
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.id
    }

    /// The severity every problem of this rule has.
    #[must_use]
    pub fn severity(self) -> Severity {
        self.severity
    }
}

impl fmt::Display for RuleId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.id)
    }
}

macro_rules! rules {
    ($($name:ident $severity:ident $id:literal $meaning:literal)*) => {
        $(pub(crate) const $name: RuleId = RuleId { id: $id, severity: Severity::$severity };)*

        /// Every rule: its id and what it means, in one line.
        pub const RULES: &[(&str, &str)] = &[$(($id, $meaning)),*];
    };
}

rules! {
    // The file and its XML.
    FILE_TOO_LARGE Error "dmn-file-too-large" "The file has more bytes than an import accepts."
    ENCODING_NOT_UTF8 Error "dmn-encoding-not-utf8" "The file is not UTF-8, or declares another encoding."
    DTD_NOT_ALLOWED Error "dmn-dtd-not-allowed" "The file has a document type or an entity declaration."
    XML_TOO_DEEP Error "dmn-xml-too-deep" "Elements are nested deeper than an import accepts."
    XML_TOO_MANY_ELEMENTS Error "dmn-xml-too-many-elements" "The file has more XML elements than an import accepts."
    XML_TOO_MANY_ATTRIBUTES Error "dmn-xml-too-many-attributes" "An element has more attributes than an import accepts."
    XML_TOO_MANY_NAMESPACES Error "dmn-xml-too-many-namespaces" "More namespaces are declared around an element than an import accepts."
    XML_TEXT_TOO_LONG Error "dmn-xml-text-too-long" "An attribute or a text is longer than an import accepts."
    XML_NOT_WELL_FORMED Error "dmn-xml-not-well-formed" "The file is not well-formed XML."
    NOT_DMN Error "dmn-not-dmn" "The root element is not `definitions` of DMN 1.1 to 1.5."
    NO_DECISION Error "dmn-no-decision" "The file has no decision."
    PROBLEMS_TOO_MANY Notice "dmn-problems-too-many" "There are more problems than the list shows."

    // Ids and names.
    ID_MISSING Error "dmn-id-missing" "A decision, input data or function has no id."
    ID_DUPLICATE Error "dmn-id-duplicate" "Two decisions, input data or functions of the file have the same id."
    ID_TOO_LONG Error "dmn-id-too-long" "An id has more bytes than an import accepts."
    NAME_MISSING Error "dmn-name-missing" "A function, a parameter, a column or a variable has no name."
    NAME_DUPLICATE Error "dmn-name-duplicate" "Two functions, parameters, entries or columns that stand together have the same name."

    // The requirements graph.
    DECISIONS_TOO_MANY Error "dmn-decisions-too-many" "The file has more decisions and functions than an import accepts."
    IMPORT_NOT_EXECUTED Error "dmn-import-not-executed" "The file imports another one."
    REQUIREMENT_UNKNOWN Error "dmn-requirement-unknown" "A requirement names nothing of its kind in this file."
    REQUIREMENT_CYCLE Error "dmn-requirement-cycle" "A decision or function requires itself, directly or through others."
    DECISION_SERVICE_NOT_EXECUTED Notice "dmn-decision-service-not-executed" "A decision service cannot be called; its decisions can."

    // Boxed expressions.
    LOGIC_MISSING Error "dmn-logic-missing" "A decision, a function or a part of a boxed expression has no expression."
    LOGIC_MULTIPLE Error "dmn-logic-multiple" "Several expressions stand where one may stand."
    ELEMENT_NOT_EXECUTED Error "dmn-element-not-executed" "The element is not executed there."
    BOXED_TOO_DEEP Error "dmn-boxed-too-deep" "Boxed expressions and invoked functions nest deeper than an import accepts."
    FUNCTION_KIND_NOT_EXECUTED Error "dmn-function-kind-not-executed" "A function is written in Java or PMML."
    FUNCTION_AS_VALUE_NOT_EXECUTED Error "dmn-function-as-value-not-executed" "A boxed function stands where it cannot be invoked."
    FUNCTION_UNKNOWN Error "dmn-function-unknown" "An invocation names no function that it can see."
    FUNCTION_CALL_NOT_EXECUTED Error "dmn-function-call-not-executed" "A text calls, among other things, a function whose body is no text."
    PARAMETER_UNKNOWN Error "dmn-parameter-unknown" "An invocation or call gives a parameter that the function does not have."
    RELATION_WIDTH Error "dmn-relation-width" "A row of a relation has another number of entries than there are columns."

    // FEEL.
    LANGUAGE_NOT_EXECUTED Error "dmn-language-not-executed" "A text is written in a language other than FEEL."
    JUEL_NOT_EXECUTED Error "dmn-juel-not-executed" "A text is written as the Java engines' expression language has it, not in FEEL."
    EXPRESSION_INVALID Error "dmn-expression-invalid" "A text is not valid FEEL."

    // Decision tables.
    ORIENTATION_NOT_EXECUTED Error "dmn-orientation-not-executed" "The decision table is a crosstab."
    HIT_POLICY_UNKNOWN Error "dmn-hit-policy-unknown" "DMN has no such hit policy."
    AGGREGATION_UNKNOWN Error "dmn-aggregation-unknown" "DMN has no such aggregation."
    AGGREGATION_NOT_ALLOWED Error "dmn-aggregation-not-allowed" "An aggregation stands with a hit policy other than COLLECT, or with several outputs."
    INPUT_EXPRESSION_MISSING Error "dmn-input-expression-missing" "An input of a decision table has no expression."
    OUTPUT_MISSING Error "dmn-output-missing" "A decision table has no output."
    OUTPUT_NAME_MISSING Error "dmn-output-name-missing" "A decision table has several outputs, and one has no name."
    RULES_TOO_MANY Error "dmn-rules-too-many" "A decision table has more rules than an import accepts."
    COLUMNS_TOO_MANY Error "dmn-columns-too-many" "A decision table, relation or function has more columns or parameters than an import accepts."
    RULE_WIDTH Error "dmn-rule-width" "A rule has another number of entries than the table has inputs or outputs."
    OUTPUT_VALUES_MISSING Notice "dmn-output-values-missing" "A table that ranks its outputs has no output values: it fails as soon as two rules match."
    INPUT_VALUES_NOT_ENFORCED Notice "dmn-input-values-not-enforced" "The values listed for an input are not enforced: other values are looked up all the same."
}
