//! A checker of JSON Schema draft 7, as much of it as our schema and SARIF's use. An unknown keyword is a
//! failure, so nothing goes unchecked in silence.

use serde_json::Value;

/// Everything in `value` that breaks `schema`. Where `strict`, keys that the schema does not name break it too.
pub fn check(schema: &Value, value: &Value, strict: bool) -> Vec<String> {
    let mut out = Vec::new();
    Checker { root: schema, strict }.walk(schema, value, "", &mut out);
    out
}

struct Checker<'a> {
    root: &'a Value,
    strict: bool,
}

impl Checker<'_> {
    fn walk(&self, schema: &Value, value: &Value, at: &str, out: &mut Vec<String>) {
        let Some(map) = schema.as_object() else {
            assert_eq!(schema, &Value::Bool(true), "a schema is an object or true");
            return;
        };
        // Draft 7: what stands beside $ref is ignored.
        if let Some(target) = map.get("$ref") {
            let pointer = target.as_str().unwrap().strip_prefix('#').unwrap();
            let target = self.root.pointer(pointer).unwrap_or_else(|| panic!("no definition {pointer}"));
            return self.walk(target, value, at, out);
        }
        for (keyword, rule) in map {
            if let Some(wrong) = self.keyword(keyword, rule, schema, value, at, out) {
                out.push(format!("{at}: {wrong}"));
            }
        }
        if self.strict && !map.contains_key("additionalProperties") {
            let known = map.get("properties").and_then(Value::as_object);
            let keys = known.and(value.as_object()).into_iter().flat_map(|o| o.keys());
            let extra = keys.filter(|k| known.is_some_and(|p| !p.contains_key(*k)));
            out.extend(extra.map(|k| format!("{at}: {k} is not described")));
        }
    }

    fn fits(&self, schema: &Value, value: &Value, at: &str) -> bool {
        let mut wrong = Vec::new();
        self.walk(schema, value, at, &mut wrong);
        wrong.is_empty()
    }

    fn keyword(
        &self,
        keyword: &str,
        rule: &Value,
        schema: &Value,
        value: &Value,
        at: &str,
        out: &mut Vec<String>,
    ) -> Option<String> {
        let branches = || rule.as_array().unwrap().iter().filter(|s| self.fits(s, value, at)).count();
        let size = |n: &Value| usize::try_from(n.as_u64().unwrap()).unwrap();
        let bad = match keyword {
            "type" => {
                let allowed: Vec<&str> = match rule {
                    Value::Array(list) => list.iter().filter_map(Value::as_str).collect(),
                    one => one.as_str().into_iter().collect(),
                };
                !allowed.iter().any(|t| is(t, value))
            }
            "enum" => !rule.as_array().unwrap().contains(value),
            "const" => rule != value,
            "required" => {
                let missing = |k: &&Value| value.is_object() && value.get(k.as_str().unwrap()).is_none();
                return rule.as_array().unwrap().iter().find(missing).map(|k| format!("{k} is missing"));
            }
            "properties" => {
                for (name, property) in rule.as_object().unwrap() {
                    if let Some(inner) = value.get(name) {
                        self.walk(property, inner, &format!("{at}/{name}"), out);
                    }
                }
                false
            }
            "additionalProperties" => {
                let known = schema.get("properties").and_then(Value::as_object);
                for (name, inner) in value.as_object().into_iter().flatten() {
                    if known.is_some_and(|p| p.contains_key(name)) {
                        continue;
                    }
                    if rule == &Value::Bool(false) {
                        out.push(format!("{at}: {name} is not allowed"));
                    } else {
                        self.walk(rule, inner, &format!("{at}/{name}"), out);
                    }
                }
                false
            }
            "propertyNames" => {
                for name in value.as_object().into_iter().flat_map(|o| o.keys()) {
                    self.walk(rule, &Value::String(name.clone()), &format!("{at}/{name}"), out);
                }
                false
            }
            "items" => {
                for (i, inner) in value.as_array().into_iter().flatten().enumerate() {
                    self.walk(rule, inner, &format!("{at}/{i}"), out);
                }
                false
            }
            "minItems" => value.as_array().is_some_and(|a| a.len() < size(rule)),
            "uniqueItems" => value.as_array().is_some_and(|a| (1..a.len()).any(|i| a[..i].contains(&a[i]))),
            "minimum" => value.as_f64().is_some_and(|n| n < rule.as_f64().unwrap()),
            "maximum" => value.as_f64().is_some_and(|n| n > rule.as_f64().unwrap()),
            "anyOf" => branches() == 0,
            "oneOf" => branches() != 1,
            "allOf" => branches() != rule.as_array().unwrap().len(),
            "pattern" => value.as_str().is_some_and(|text| !matches(rule.as_str().unwrap(), text)),
            "definitions" | "title" | "description" | "default" | "format" | "$schema" | "$id" => false,
            other => panic!("the keyword {other} is not checked"),
        };
        bad.then(|| format!("{keyword} {rule} does not hold for {value}").chars().take(300).collect())
    }
}

fn is(kind: &str, value: &Value) -> bool {
    match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        other => panic!("unknown type {other}"),
    }
}

/// The patterns that our output meets, each as the words of its test.
fn matches(pattern: &str, text: &str) -> bool {
    let hex = |n| text.len() == n && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    match pattern {
        "^[0-9a-f]{16}$" => hex(16),
        "^[0-9a-f]{64}$" => hex(64),
        "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$" => {
            let form = "0000-00-00T00:00:00Z";
            let same = |(f, c): (char, char)| if f == '0' { c.is_ascii_digit() } else { f == c };
            text.len() == form.len() && form.chars().zip(text.chars()).all(same)
        }
        // SARIF's language; its left half alone decides, as it is written.
        "^[a-zA-Z]{2}|^[a-zA-Z]{2}-[a-zA-Z]{2}]?$" => {
            text.len() >= 2 && text.bytes().take(2).all(|b| b.is_ascii_alphabetic())
        }
        other => panic!("the pattern {other} is not checked"),
    }
}
