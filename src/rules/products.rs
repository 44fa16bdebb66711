//! Names of products that are not the policy's own.

use super::document::of_kind;
use super::{Context, Draft, Group, Levels, Rule, Sink};
use crate::evidence::Confidence;
use crate::finding::Severity;
use crate::fold;
use crate::policy::{Statement, StatementKind};

/// Another product's name stands in the text.
pub static FOREIGN_PRODUCT_NAME: Rule = Rule {
    id: "foreign-product-name",
    group: Group::Document,
    levels: Levels::all(Severity::Low),
    since: "0.1.0",
    clauses: &["pipl-17"],
    page: include_str!("../../docs/rules/foreign-product-name.md"),
    check: |cx, out| {
        let mut names: Vec<(String, Vec<&Statement>)> = Vec::new();
        for statement in of_kind(cx, StatementKind::Product) {
            // A company and a heading are no products.
            let Some(subject) =
                statement.subject.as_ref().filter(|s| !s.contains("公司") && !s.starts_with("About "))
            else {
                continue;
            };
            let key = fold::loose_key(subject);
            match names.iter_mut().find(|(k, _)| *k == key) {
                Some((_, all)) => all.push(statement),
                None => names.push((key, vec![statement])),
            }
        }
        let label = cx.case.inventory.app.label.as_ref();
        let labels: Vec<String> = label
            .into_iter()
            .flat_map(|l| [fold::loose_key(&l.zh), fold::loose_key(&l.en)])
            .filter(|l| !l.is_empty())
            .collect();
        let main = names.iter().max_by_key(|(_, s)| s.len()).map(|(k, s)| (k.clone(), s.len()));
        let Some((main, count)) = main else { return };
        strangers(
            cx,
            out,
            &names
                .iter()
                .map(|(k, _)| k.as_str())
                .chain(labels.iter().map(String::as_str))
                .collect::<Vec<_>>(),
        );
        for (key, statements) in names {
            let same = key == main
                || key.contains(&main)
                || main.contains(&key)
                || labels.iter().any(|l| l.contains(&key) || key.contains(l));
            // 海港日记 and Harbour Diary are names of one product.
            let scripts = |n: &str| n.is_ascii();
            if scripts(&key) != scripts(&main) {
                continue;
            }
            // With no label to compare, a name is foreign only where another clearly rules the text.
            if same || (labels.is_empty() && statements.len() * 3 > count) {
                continue;
            }
            let Some(first) = statements.first() else { continue };
            let name = first.subject.clone().unwrap_or_default();
            out.report(
                foreign(&key, &name).with_all(statements.iter().map(|s| cx.quote(s.document, s.span))),
            );
        }
    },
};

/// The finding on one foreign name, still without its evidence. `key` is the folded `name`.
fn foreign(key: &str, name: &str) -> Draft {
    Draft::new(
        "document",
        format!("product/{key}"),
        format!("政策中出现另一个产品名“{name}”。"),
        format!("Another product's name, “{name}”, stands in the policy."),
    )
    .sure(Confidence::Low)
}

/// Names in Latin letters in places where a policy puts its own product's: `your access to X`, `X platform account`.
fn strangers(cx: &Context<'_>, out: &mut Sink<'_>, own: &[&str]) {
    const BEFORE: &[&str] = &["your access to ", "your use of "];
    const AFTER: &[&str] = &[" platform account", " client software", " website or service"];
    let known: Vec<String> =
        cx.case.policy.declarations.iter().map(|d| fold::loose_key(&d.name.text)).collect();
    for sentence in cx.sentences() {
        let text = cx.text(sentence.document, sentence.span);
        let before = BEFORE.iter().filter_map(|w| Some(leading_name(text.get(text.find(w)? + w.len()..)?)));
        let after = AFTER.iter().filter_map(|w| Some(trailing_name(text.get(..text.find(w)?)?)));
        for name in before.chain(after) {
            let key = fold::loose_key(&name);
            let related = |other: &&str| other.contains(&key) || key.contains(*other);
            // Another company's account to log in with is a partner's, not a stranger's.
            let partner = known.iter().any(|k| k.contains(&key))
                || (sentence.has(&["third-party", "third party"]) && !sentence.has(BEFORE));
            if key.len() < 4 || own.iter().any(related) || partner {
                continue;
            }
            out.report(foreign(&key, &name).with(cx.quote(sentence.document, sentence.span)));
        }
    }
}

/// The capitalised words a text begins with, three at most.
fn leading_name(text: &str) -> String {
    text.split(' ').take(3).take_while(|w| is_name_word(w)).collect::<Vec<_>>().join(" ")
}

/// The capitalised words a text ends with, three at most.
fn trailing_name(text: &str) -> String {
    let mut words: Vec<&str> = text.rsplit(' ').take(3).take_while(|w| is_name_word(w)).collect();
    words.reverse();
    words.join(" ")
}

fn is_name_word(word: &str) -> bool {
    const COMMON: &[&str] = &[
        "The", "This", "Our", "We", "Your", "Services", "Service", "Cookies", "COOKIES", "App", "APP",
        "Internet", "Third", "Platform",
    ];
    word.chars().next().is_some_and(|c| c.is_ascii_uppercase())
        && word.bytes().all(|b| b.is_ascii_alphanumeric())
        && !COMMON.contains(&word)
}
