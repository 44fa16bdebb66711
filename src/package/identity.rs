//! Whose part a package is: the root of its manifest, and whether several parts belong to one app.

use super::Error;
use super::container::{Container, Kind};
use super::role::Role;
use crate::format::any_xml;
use crate::format::xml::{Element, Event, Value};
use crate::format::zip::Buffer;
use crate::lang::Text;
use crate::limitation::{Limitation, LimitationKind};
use crate::location::{EntryPath, Location};

/// What the root element of a manifest says.
struct Identity {
    index: usize,
    path: EntryPath,
    /// Given by the user, or held by a wrapper given by the user: the outermost file.
    outer: String,
    package: String,
    split: Option<String>,
}

/// Compares the installed packages in `containers` and sets which are splits, by the `split` attribute.
///
/// Two apps, or two bases, given side by side or in a plain zip are an error. In a store's format the part that
/// names another app is taken for embedded: no store app would install it.
pub fn relate(containers: &mut [Container]) -> Result<Vec<Limitation>, Error> {
    let parts: Vec<Identity> =
        containers.iter().enumerate().filter_map(|(index, c)| identity(index, c)).collect();
    for part in &parts {
        if let Some(c) = containers.get_mut(part.index).filter(|c| matches!(c.kind, Kind::Apk | Kind::Split))
        {
            c.kind = if part.split.is_some() { Kind::Split } else { Kind::Apk };
        }
    }
    let Some(base) = parts.iter().find(|p| p.split.is_none()).or(parts.first()) else {
        return Ok(Vec::new());
    };
    let plain_zip = containers.iter().any(|c| c.kind == Kind::Zip && c.path.as_str() == base.outer);
    let mut out = Vec::new();
    for other in parts.iter().filter(|p| p.index != base.index) {
        let unrelated = |why| Error::Unrelated { first: base.path.clone(), other: other.path.clone(), why };
        let same = base.package == other.package;
        let wording = Text::new(
            format!("包名分别为 {} 和 {}", base.package, other.package),
            format!("their package names are {} and {}", base.package, other.package),
        );
        if !same && (base.outer != other.outer || plain_zip) {
            return Err(unrelated(wording));
        }
        if same && base.split.is_none() && other.split.is_none() && base.outer != other.outer {
            return Err(unrelated(Text::new(
                format!("二者都是 {} 的基础包", base.package),
                format!("both are a base package of {}", base.package),
            )));
        }
        if let Some(container) = containers.get_mut(other.index).filter(|_| !same) {
            container.embedded = true;
            out.push(Limitation {
                kind: LimitationKind::Malformed,
                at: Location::entry(&other.path),
                hides: None,
                detail: Text::new(
                    format!("{}：此部分不会随应用安装，其清单未计入", wording.zh),
                    format!(
                        "{}: this part is not installed with the app; its manifest is not counted",
                        wording.en
                    ),
                ),
            });
        }
    }
    Ok(out)
}

/// Identity of an installed package; none where the manifest is missing or unreadable, which reading tells.
fn identity(index: usize, container: &Container) -> Option<Identity> {
    if container.embedded || !matches!(container.kind, Kind::Apk | Kind::Split | Kind::Aab | Kind::Directory)
    {
        return None;
    }
    let mut manifests =
        container.entries().filter(|e| matches!(e.role(), Role::Manifest(_)) && !e.shadowed());
    let entry = match container.kind {
        Kind::Aab => manifests.find(|e| e.module() == Some("base")),
        _ => manifests.next(),
    }?;
    let mut buffer = Buffer::new();
    let content = entry.read(&mut buffer).ok()?;
    let mut root = None;
    any_xml::read(content.bytes, |event| {
        if let (None, Event::Start(element)) = (&root, event) {
            root = Some((text(&element, "package"), text(&element, "split")));
        }
    });
    let (package, split) = root?;
    let path = container.path.clone();
    let outer = path.as_str().split('!').next().unwrap_or_default().to_owned();
    Some(Identity { index, path, outer, package: package?, split })
}

fn text(element: &Element<'_>, name: &str) -> Option<String> {
    match element.attribute(0, name)? {
        Value::Text(text) if !text.is_empty() => Some(text.clone().into_owned()),
        _ => None,
    }
}
