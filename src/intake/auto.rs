//! The package -> the privacy policy that lies in it, told by what the files say, not by their names alone.

use super::{AUTO, Error, Taken};
use crate::fold;
use crate::inventory::Inventory;
use crate::lang::Text;
use crate::package::{Buffer, Entry, Package, Role};
use crate::policy::{Source, sources};
use std::collections::BTreeSet;

/// Files without a telling name that are looked into, and the most bytes of one and of all.
const MAX_FILES: usize = 2_000;
const MAX_BYTES: u64 = 4 << 20;
const MAX_TOTAL: u64 = 128 << 20;

/// What was found, and where it was looked for.
#[derive(Debug, Default)]
pub struct Search {
    /// The policy, then lists of SDKs that lie beside it.
    pub found: Vec<Source>,
    /// Files that read like policies too: those of an SDK, other versions, other languages.
    pub others: Vec<String>,
    /// Files that were looked into.
    pub looked: Vec<String>,
}

/// Takes the policy of the package, and says which file it is. `inventory` is what was read of the package: it tells
/// the addresses of policies, the likeliest first.
pub fn take(package: &Package, inventory: &Inventory, taken: &mut Taken) -> Result<(), Error> {
    let search = search(package);
    let addresses: Vec<String> = inventory.policy_urls().into_iter().map(|u| u.url.clone()).collect();
    let addresses = shown(&addresses, 5);
    if search.found.is_empty() {
        let n = search.looked.len();
        let (mut zh, mut en) = match shown(&search.looked, 8) {
            None => ("没有可能是政策的文件".to_owned(), "no file may be one".to_owned()),
            Some(files) => (format!("查看了 {n} 个文件：{files}"), format!("looked into {n} files: {files}")),
        };
        if let Some(addresses) = addresses {
            zh.push_str(&format!("；包内提到的地址：{addresses}"));
            en.push_str(&format!("; addresses named in it: {addresses}"));
        }
        return Err(Error::refused(
            format!("安装包内没有找到隐私政策（--policy {AUTO}）：{zh}。请用 --policy 给出文件"),
            format!(
                "no privacy policy found in the package (--policy {AUTO}): {en}; give one with --policy FILE"
            ),
        ));
    }
    let files: Vec<&str> = search.found.iter().map(|s| s.name.as_str()).collect();
    let files = files.join(", ");
    taken.notes.push(Text::new(
        format!("政策取自安装包内：{files}"),
        format!("the policy was taken from the package: {files}"),
    ));
    if let Some(others) = shown(&search.others, 5) {
        taken.notes.push(Text::new(
            format!("包内还有像政策的文件，未采用：{others}"),
            format!("other files in the package read like policies and were not taken: {others}"),
        ));
    }
    if let Some(addresses) = addresses {
        taken.notes.push(Text::new(
            format!("包内提到的政策地址（未读取）：{addresses}"),
            format!("addresses of policies named in the package (not fetched): {addresses}"),
        ));
    }
    taken.sources.extend(search.found);
    Ok(())
}

/// The first `limit` of a list as words, with a count of the rest; `None` if it is empty.
fn shown(list: &[String], limit: usize) -> Option<String> {
    let mut out = list.iter().take(limit).cloned().collect::<Vec<_>>().join(", ");
    if list.len() > limit {
        out.push_str(&format!(" … (+{})", list.len() - limit));
    }
    (!list.is_empty()).then_some(out)
}

/// One file that reads like a policy or like a list of SDKs.
struct Candidate {
    source: Source,
    kind: Kind,
    score: usize,
    words: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Policy,
    SdkList,
}

/// Looks for the policy: files with a telling name first, then any text.
pub fn search(package: &Package) -> Search {
    let mut entries: Vec<(i32, Entry<'_>)> = Vec::new();
    for entry in package.containers().iter().flat_map(|c| c.entries()) {
        let named = name_score(entry.installed_path());
        if may_be_text(&entry, named) {
            entries.push((named, entry));
        }
    }
    entries.sort_by_cached_key(|(named, entry)| (-named, entry.path().to_string()));
    let mut out = Search::default();
    let (mut candidates, mut buffer, mut total) = (Vec::new(), Buffer::new(), 0u64);
    let mut seen = BTreeSet::new();
    for (named, entry) in entries.iter().take(MAX_FILES) {
        if total > MAX_TOTAL || package.deadline().passed() {
            break;
        }
        let Ok(content) = entry.read(&mut buffer) else { continue };
        total += content.bytes.len() as u64;
        let name = entry.path().to_string();
        if *named > 0 {
            out.looked.push(name.clone());
        }
        if *named <= 0 && !mentions_privacy(content.bytes) {
            continue;
        }
        let source = Source::new(name.clone(), content.bytes.to_vec());
        if *named <= 0 {
            out.looked.push(name);
        }
        if let Some(candidate) = judge(source, *named)
            && seen.insert(candidate.source.bytes.clone())
        {
            candidates.push(candidate);
        }
    }
    // Stable: of equals the one whose name tells more, then the first by path.
    candidates.sort_by_key(|c| std::cmp::Reverse((c.kind == Kind::Policy, c.score, c.words)));
    for candidate in candidates {
        // A list alone is no policy, but all there is to read.
        if out.found.is_empty() || candidate.kind == Kind::SdkList {
            out.found.push(candidate.source);
        } else {
            out.others.push(candidate.source.name);
        }
    }
    out
}

/// Whether an entry may hold a text for people, by its place, size and ending.
fn may_be_text(entry: &Entry<'_>, named: i32) -> bool {
    let place = matches!(entry.role(), Role::Asset | Role::ResourceFile | Role::Root);
    if !place || entry.shadowed() || !(64..=MAX_BYTES).contains(&entry.claimed_size()) {
        return false;
    }
    let file = entry.installed_path().rsplit('/').next().unwrap_or("");
    let ending = file.rsplit_once('.').map_or("", |(_, e)| e).to_ascii_lowercase();
    match ending.as_str() {
        "html" | "htm" | "xhtml" | "shtml" | "txt" | "md" | "markdown" | "docx" | "mht" | "mhtml" | "pdf" => {
            true
        }
        // Code and data hold anything: only a telling name makes them worth reading.
        "js" | "json" | "ts" | "xml" | "dat" | "csv" | "xlsx" => named > 1,
        "" => true,
        _ => false,
    }
}

/// What the name of a file promises: above 0 a policy or a list of SDKs, below 0 something else.
fn name_score(path: &str) -> i32 {
    let name = path.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|w| name.contains(w));
    let mut score = 0;
    if has(&["privacy", "隐私", "yinsi", "yszc", "ysxy", "ys_zc", "隱私"]) {
        score += 3;
    }
    if has(&["policy", "zhengce", "政策", "个人信息"])
        || name.contains("sdk") && has(&["list", "清单", "目录", "列表"])
    {
        score += 1;
    }
    if has(&["licen", "notice", "copying", "terms", "service_agreement", "用户协议", "服务协议"]) {
        score -= 2;
    }
    score
}

/// A quick look for words of privacy, in UTF-8, GBK and English.
fn mentions_privacy(bytes: &[u8]) -> bool {
    let words: [&[u8]; 8] = [
        "隐私".as_bytes(),
        "個人資".as_bytes(),
        b"\xd2\xfe\xcb\xbd",
        b"rivacy",
        b"PRIVACY",
        "SDK目录".as_bytes(),
        "SDK列表".as_bytes(),
        "SDK清单".as_bytes(),
    ];
    let packed = bytes.starts_with(b"PK") || bytes.starts_with(b"%PDF");
    packed || words.iter().any(|w| memchr::memmem::find(bytes, w).is_some())
}

/// Reads a file and tells whether it is a policy or a list of SDKs.
fn judge(source: Source, named: i32) -> Option<Candidate> {
    const TITLES: [&str; 13] = [
        "隐私政策",
        "隐私权政策",
        "隐私保护",
        "隐私协议",
        "隐私声明",
        "隐私条款",
        "隐私指引",
        "个人信息保护政策",
        "个人信息处理规则",
        "privacy policy",
        "privacy notice",
        "privacy statement",
        "个人资讯",
    ];
    const PHRASES: [&str; 24] = [
        "我们会收集",
        "我们收集",
        "收集您",
        "收集和使用",
        "个人信息",
        "敏感个人信息",
        "第三方sdk",
        "共享",
        "cookie",
        "权限",
        "儿童",
        "未成年人",
        "联系我们",
        "删除",
        "personal information",
        "personal data",
        "we collect",
        "we may collect",
        "third part",
        "children",
        "contact us",
        "retention",
        "your rights",
        "data protection",
    ];
    let opened = sources::open(&source).ok()?;
    let mut text = String::new();
    for line in &opened.page.lines {
        text.push_str(line.str());
        text.push('\n');
    }
    let folded = fold::fold(&text);
    let text = folded.as_str();
    let words = text.chars().count();
    let head = text.char_indices().nth(400).map_or(text, |(end, _)| text.get(..end).unwrap_or(text));
    let titled = TITLES.iter().any(|t| head.contains(t));
    let phrases = PHRASES.iter().filter(|p| text.contains(**p)).count();
    let list = [
        "sdk目录",
        "sdk列表",
        "sdk清单",
        "sdk list",
        "sdk共享",
        "sdk名单",
        "第三方信息共享清单",
        "第三方共享清单",
    ];
    let list = list.iter().any(|l| head.contains(l));
    let named = usize::try_from(named).unwrap_or(0);
    let score = 2 * named + 4 * usize::from(titled) + phrases;
    let kind = match (list, titled) {
        (true, false) if text.matches("sdk").count() >= 3 => Kind::SdkList,
        _ if words >= 300 && phrases >= 3 && (titled || named > 0 || phrases >= 8) => Kind::Policy,
        // Short, but it calls itself one.
        _ if words >= 80 && titled && phrases >= 2 && named > 0 => Kind::Policy,
        _ => return None,
    };
    Some(Candidate { source, kind, score, words })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_promise() {
        assert!(name_score("assets/privacy.html") > 1);
        assert!(name_score("res/raw/yinsi_zhengce.txt") > name_score("assets/policy.txt"));
        assert!(name_score("assets/apps/__UNI__1/www/static/隐私政策.html") > 1);
        assert!(name_score("assets/LICENSE.txt") < 0);
        assert_eq!(name_score("assets/index.html"), 0);
    }

    #[test]
    fn content_decides() {
        let policy = format!(
            "隐私政策\n{}",
            "我们收集您的个人信息，并与第三方共享。您可以联系我们删除。\n".repeat(20)
        );
        let kind = |name: &str, text: &str, named| {
            judge(Source::new(name.into(), text.as_bytes().to_vec()), named).map(|c| c.kind)
        };
        assert!(kind("a.txt", &policy, 0) == Some(Kind::Policy));
        assert!(kind("privacy.txt", "隐私设置\n已打开", 3).is_none());
        assert!(kind("help.html", &"隐私设置在菜单里。".repeat(100), 0).is_none());
        let list = "第三方SDK目录\n个推SDK：推送\n友盟SDK：统计\n";
        assert!(kind("list.txt", list, 1) == Some(Kind::SdkList));
    }
}
