//! Checks `data/behaviour/*.toml` and writes it as static Rust tables; a bad record stops the build.

use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    group: Vec<Group>,
    #[serde(default)]
    restriction: Vec<Restriction>,
    #[serde(default)]
    companion: Vec<Companion>,
}

/// Entries that share an owner, a data item and their conditions.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Group {
    kind: Option<String>,
    class: Option<String>,
    #[serde(rename = "as")]
    short: Option<String>,
    #[serde(default)]
    methods: Vec<String>,
    #[serde(default)]
    fields: Vec<String>,
    #[serde(default)]
    extends: bool,
    #[serde(default)]
    strings: Vec<String>,
    #[serde(default)]
    prefixes: Vec<String>,
    item: String,
    #[serde(default)]
    weak: bool,
    with: Option<String>,
    #[serde(default)]
    needs: Vec<String>,
    #[serde(default)]
    restricted: Vec<String>,
    source: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Restriction {
    id: String,
    device: u8,
    target: u8,
    effect: String,
    zh: String,
    en: String,
    source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Companion {
    id: String,
    #[serde(default)]
    calls: Vec<String>,
    #[serde(default)]
    strings: Vec<String>,
}

const STRING_KINDS: [&str; 11] = [
    "uri",
    "action",
    "receiver",
    "setting",
    "property",
    "reflection",
    "command",
    "path",
    "service",
    "host",
    "symbol",
];

/// Reads every file of `data` and writes `behaviour_catalogue.rs` into `out`.
pub fn generate(data: &Path, out: &Path) -> Result<(), Vec<String>> {
    let mut paths: Vec<_> = std::fs::read_dir(data)
        .map_err(|e| vec![format!("{}: {e}", data.display())])?
        .filter_map(|entry| entry.ok().map(|e| e.path()))
        .filter(|p| p.extension().is_some_and(|e| e == "toml"))
        .collect();
    paths.sort();
    let (mut groups, mut restrictions, mut companions, mut problems) = (vec![], vec![], vec![], vec![]);
    for path in paths {
        let shown = path.display().to_string();
        let parsed = std::fs::read_to_string(&path)
            .map_err(|e| e.to_string())
            .and_then(|text| toml::from_str::<File>(&text).map_err(|e| e.to_string()));
        match parsed {
            Ok(file) => {
                groups.extend(file.group.into_iter().map(|g| (shown.clone(), g)));
                restrictions.extend(file.restriction);
                companions.extend(file.companion);
            }
            Err(e) => problems.push(format!("{shown}: {e}")),
        }
    }
    restrictions.sort_by(|a: &Restriction, b| a.id.cmp(&b.id));
    companions.sort_by(|a: &Companion, b| a.id.cmp(&b.id));
    let mut entries = BTreeMap::new();
    for (file, group) in &groups {
        if let Err(e) = expand(group, &restrictions, &companions, &mut entries) {
            let name = group.class.as_deref().or(group.strings.first().map(String::as_str)).unwrap_or("?");
            problems.push(format!("{file}: group of {name}: {e}"));
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let text = render(&entries, &restrictions, &companions);
    std::fs::write(out.join("behaviour_catalogue.rs"), text).map_err(|e| vec![e.to_string()])
}

fn expand(
    group: &Group,
    restrictions: &[Restriction],
    companions: &[Companion],
    entries: &mut BTreeMap<String, String>,
) -> Result<(), String> {
    let needs = group.needs.iter().map(|n| need(n)).collect::<Result<Vec<_>, _>>()?.join(", ");
    let position = |ids: Vec<&str>, id: &str, what: &str| {
        ids.iter().position(|i| *i == id).ok_or_else(|| format!("no {what} `{id}`"))
    };
    let restricted = group
        .restricted
        .iter()
        .map(|r| position(restrictions.iter().map(|x| x.id.as_str()).collect(), r, "restriction"))
        .collect::<Result<Vec<_>, _>>()?;
    let with = match &group.with {
        Some(id) => Some(position(companions.iter().map(|x| x.id.as_str()).collect(), id, "companion")?),
        None => None,
    };
    let mut members = Vec::new();
    let (source, class) = match (&group.class, &group.kind) {
        (Some(class), None) => {
            let platform = class.starts_with("android.") || class.starts_with("java.");
            let source = match &group.source {
                Some(source) => source.clone(),
                None if platform => {
                    let page = class.replace('.', "/").replace('$', ".");
                    format!("https://developer.android.com/reference/{page}")
                }
                None => return Err("a vendor's class needs a `source`".to_owned()),
            };
            let simple = class.rsplit('.').next().unwrap_or(class).replace('$', ".");
            let short = group.short.clone().unwrap_or(simple);
            members
                .extend(group.methods.iter().map(|m| ("Method", format!("{short}.{m}"), m.clone(), false)));
            members.extend(group.fields.iter().map(|f| ("Field", format!("{short}.{f}"), f.clone(), false)));
            if group.extends {
                members.push(("Extends", format!("extends {short}"), String::new(), false));
            }
            (source, format!("L{};", class.replace('.', "/")))
        }
        (None, Some(kind)) if STRING_KINDS.contains(&kind.as_str()) => {
            let source = group.source.clone().ok_or("a string needs a `source`")?;
            let variant = match kind.as_str() {
                "uri" => "Uri",
                "action" => "Action",
                "receiver" => "Receiver",
                "setting" => "Setting",
                "property" => "Property",
                "reflection" => "Reflection",
                "command" => "Command",
                "path" => "Path",
                "service" => "Service",
                "symbol" => "Symbol",
                _ => "Host",
            };
            members.extend(group.strings.iter().map(|s| (variant, format!("{kind}:{s}"), s.clone(), false)));
            members.extend(group.prefixes.iter().map(|s| (variant, format!("{kind}:{s}*"), s.clone(), true)));
            (source, String::new())
        }
        _ => return Err("needs either `class` or a known `kind`".to_owned()),
    };
    if members.is_empty() {
        return Err("names nothing".to_owned());
    }
    for (kind, id, name, prefix) in members {
        let text = format!(
            "Entry {{ id: {id:?}, kind: Kind::{kind}, class: {class:?}, name: {name:?}, prefix: {prefix}, \
             item: {:?}, weak: {}, with: {with:?}, needs: &[{needs}], restricted: &{restricted:?}, \
             source: {source:?} }}",
            group.item, group.weak
        );
        if entries.insert(id.clone(), text).is_some() {
            return Err(format!("`{id}` is named twice"));
        }
    }
    Ok(())
}

/// `A|B 23-28`: one of the permissions, at these API levels; an open end goes on.
fn need(text: &str) -> Result<String, String> {
    let bad = || format!("`{text}` is not `PERMISSION|PERMISSION FROM-TO`");
    let (names, range) = text.rsplit_once(' ').ok_or_else(bad)?;
    let (from, to) = range.split_once('-').ok_or_else(bad)?;
    let from: u8 = from.parse().map_err(|_| bad())?;
    let to: u8 = if to.is_empty() { u8::MAX } else { to.parse().map_err(|_| bad())? };
    if from > to {
        return Err(bad());
    }
    let any: Vec<String> = names
        .split('|')
        .map(|n| if n.contains('.') { n.to_owned() } else { format!("android.permission.{n}") })
        .collect();
    Ok(format!("Need {{ any: &{any:?}, from: {from}, to: {to} }}"))
}

fn render(
    entries: &BTreeMap<String, String>,
    restrictions: &[Restriction],
    companions: &[Companion],
) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "/// All entries, by id.\npub static ENTRIES: &[Entry] = &[");
    entries.values().for_each(|e| {
        let _ = writeln!(out, "    {e},");
    });
    let _ = writeln!(out, "];\n/// All restrictions, by id.\npub static RESTRICTIONS: &[Restriction] = &[");
    for r in restrictions {
        let effect: String = r
            .effect
            .split('-')
            .map(|w| {
                w.chars().take(1).flat_map(char::to_uppercase).chain(w.chars().skip(1)).collect::<String>()
            })
            .collect();
        let _ = writeln!(
            out,
            "    Restriction {{ id: {:?}, device: {}, target: {}, effect: Effect::{effect}, zh: {:?}, en: {:?}, \
             source: {:?} }},",
            r.id, r.device, r.target, r.zh, r.en, r.source
        );
    }
    let _ = writeln!(out, "];\n/// All companions, by id.\npub static COMPANIONS: &[Companion] = &[");
    for c in companions {
        let calls: BTreeSet<(String, &str)> = c
            .calls
            .iter()
            .filter_map(|call| call.rsplit_once('.'))
            .map(|(class, name)| (format!("L{};", class.replace('.', "/")), name))
            .collect();
        let calls: Vec<_> = calls.into_iter().collect();
        let _ = writeln!(
            out,
            "    Companion {{ id: {:?}, calls: &{calls:?}, strings: &{:?} }},",
            c.id, c.strings
        );
    }
    out.push_str("];\n");
    out
}
