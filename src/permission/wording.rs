//! A permission as people write it -> the constant meant: constants, misspelt constants, zh and en wordings.

use super::{PREFIX, all, get};
use crate::fold::{self, Finder, Folded, fold};
use crate::location::Span;
use serde::Serialize;
use std::collections::HashMap;
use std::sync::LazyLock;

/// What a written permission means.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reading {
    /// Constants meant, best first; empty where none fits.
    pub constants: Vec<&'static str>,
    /// How they were found.
    pub how: How,
}

/// How a written permission was understood.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum How {
    /// A constant, with or without `android.permission.`.
    Constant,
    /// A constant with this many letters wrong.
    Misspelt(usize),
    /// A known wording.
    Wording,
    /// Several known wordings, enumerated.
    Several,
    /// A known wording inside a longer text.
    Part,
    /// Written as a constant, and no API level and no vendor known declares it.
    NoSuchConstant(String),
    /// A known wording that no constant fits: a clipboard, an identifier, a setting of another platform.
    NotAPermission,
}

static DATA: &str = include_str!("wordings.tsv");

struct Wordings {
    /// Constants of each row of the data file.
    rows: Vec<Vec<&'static str>>,
    /// Row of each word of `finder`, and whether it counts only where it is all of a text.
    words: Vec<(usize, bool)>,
    finder: Finder,
}

static WORDINGS: LazyLock<Wordings> = LazyLock::new(|| {
    let (mut rows, mut words, mut squeezed) = (Vec::new(), Vec::new(), Vec::new());
    for line in super::rows(DATA) {
        let (names, wordings) = line.split_once('\t').unwrap_or((line, ""));
        for wording in wordings.split(';') {
            let (wording, alone) = wording.strip_prefix('=').map_or((wording, false), |w| (w, true));
            squeezed.push(squeeze(fold(wording).as_str()));
            words.push((rows.len(), alone));
        }
        rows.push(names.split(',').filter_map(constant).collect());
    }
    let finder = Finder::new(&squeezed);
    Wordings { rows, words, finder }
});

impl Wordings {
    /// Row of the wording that is all of a squeezed text.
    fn whole(&self, text: &str) -> Option<usize> {
        self.words.get(self.finder.get(text)?).map(|(row, _)| *row)
    }

    /// Wordings inside a folded text: start, end, row.
    fn inside(&self, text: &str) -> Vec<(usize, usize, usize)> {
        let mut found = Vec::new();
        self.finder.each(text, |start, end, word| {
            if let Some((row, false)) = self.words.get(word) {
                found.push((start, end, *row));
            }
        });
        found
    }
}

/// Full constants by their lower-case form.
static LOWER: LazyLock<HashMap<String, &'static str>> =
    LazyLock::new(|| all().iter().map(|p| (p.name.to_ascii_lowercase(), p.name)).collect());

/// The known constant with this full or short name.
fn constant(name: &str) -> Option<&'static str> {
    get(name).or_else(|| get(&format!("{PREFIX}{name}"))).map(|p| p.name)
}

/// Folded text with punctuation and blanks taken out, one blank kept between Latin words; `wi-fi` and `wlan` are `wifi`.
fn squeeze(folded: &str) -> String {
    let mut out = fold::words(folded);
    if out.contains('w') {
        out = out.replace("wi fi", "wifi").replace("wlan", "wifi");
    }
    if REGIONAL_WORDS.is_in(&out) {
        for (other, ours) in REGIONAL {
            if out.contains(other) {
                out = out.replace(other, ours);
            }
        }
    }
    out
}

/// Words of Taiwan and Hong Kong, in Simplified characters, and those of the mainland: settings there say the same with them.
const REGIONAL: &[(&str, &str)] = &[
    ("资讯", "信息"),
    ("网路", "网络"),
    ("应用程式", "应用"),
    ("装置", "设备"),
    ("萤幕", "屏幕"),
    ("简讯", "短信"),
    ("讯息", "消息"),
    ("档案", "文件"),
    ("纪录", "记录"),
    ("储存", "存储"),
    ("联络人", "联系人"),
    ("行事历", "日历"),
    ("相簿", "相册"),
    ("使用者", "用户"),
    ("音讯", "音频"),
    ("视讯", "视频"),
    ("电话簿", "通讯录"),
    ("影片", "视频"),
    ("摄影机", "摄像头"),
    ("大略", "粗略"),
    ("设定", "设置"),
];

static REGIONAL_WORDS: LazyLock<Finder> =
    LazyLock::new(|| Finder::new(&REGIONAL.iter().map(|(other, _)| *other).collect::<Vec<_>>()));

/// The constant meant, where one fits. See [`read`].
pub fn normalise(written: &str) -> Option<&'static str> {
    read(written)?.constants.first().copied()
}

/// What a written permission means; `None` where nothing in it is known.
///
/// A constant in the text wins over words around it; a whole wording over a part; the longest part over shorter ones.
pub fn read(written: &str) -> Option<Reading> {
    let folded = fold(written);
    let mut unknown = None;
    for token in tokens(folded.as_str()) {
        match token_reading(&token) {
            Some(Reading { how: How::NoSuchConstant(name), .. }) => unknown = unknown.or(Some(name)),
            Some(reading) => return Some(reading),
            None => {}
        }
    }
    if let Some(name) = unknown {
        return Some(Reading { constants: Vec::new(), how: How::NoSuchConstant(name) });
    }
    let w = &*WORDINGS;
    let text = squeeze(folded.as_str());
    // What stands in brackets explains; it decides only where the words before it say nothing.
    let outside = squeeze(&without_brackets(folded.as_str()));
    for candidate in [&text, &outside] {
        if let Some(row) = stripped(candidate).find_map(|t| w.whole(t)) {
            return reading(w, row, How::Wording);
        }
    }
    if let Some(several) = several(w, folded.as_str()) {
        return Some(several);
    }
    [&outside, &text].into_iter().find_map(|t| part(w, t)).and_then(|row| reading(w, row, How::Part))
}

/// Longest text, in bytes, read as an enumeration of names; a longer one is running text.
const MAX_SEVERAL: usize = 600;

/// Wordings enumerated (`相机、麦克风`), or one wording in two scripts (`相机 Camera`): the first one's constants first.
fn several(w: &Wordings, folded: &str) -> Option<Reading> {
    if folded.len() > MAX_SEVERAL {
        return None;
    }
    let outside = without_brackets(folded);
    let divided = outside.split(['、', ',', '，', '/', '和', '及', '与', '或', '&', '|']).collect::<Vec<_>>();
    let scripts = [
        outside.chars().filter(|c| !c.is_ascii()).collect::<String>(),
        outside.chars().filter(char::is_ascii).collect::<String>(),
    ];
    for pieces in [divided, scripts.iter().map(String::as_str).collect()] {
        if pieces.len() < 2 {
            continue;
        }
        let known = |piece: &str| stripped(&squeeze(piece)).find_map(|t| w.whole(t));
        let Some(rows) = pieces.into_iter().map(known).collect::<Option<Vec<usize>>>() else { continue };
        let mut constants: Vec<&'static str> = Vec::new();
        for constant in rows.iter().filter_map(|r| w.rows.get(*r)).flatten() {
            if !constants.contains(constant) {
                constants.push(constant);
            }
        }
        let how = if constants.is_empty() { How::NotAPermission } else { How::Several };
        return Some(Reading { constants, how });
    }
    None
}

/// Row of the longest wording inside a squeezed text, the first of equals.
fn part(w: &Wordings, text: &str) -> Option<usize> {
    w.inside(text)
        .into_iter()
        .filter(|(start, end, _)| fold::word_at(text, *start, *end).is_some())
        .min_by_key(|(start, end, _)| (std::cmp::Reverse(end - start), *start))
        .map(|(.., row)| row)
}

fn without_brackets(folded: &str) -> String {
    let mut depth = 0usize;
    let outside = |c: &char| {
        match c {
            '(' | '[' | '【' => depth += 1,
            ')' | ']' | '】' => {
                depth = depth.saturating_sub(1);
                return false;
            }
            _ => {}
        }
        depth == 0
    };
    folded.chars().filter(outside).collect()
}

fn reading(w: &Wordings, row: usize, how: How) -> Option<Reading> {
    let constants = w.rows.get(row)?.clone();
    let how = if constants.is_empty() { How::NotAPermission } else { how };
    Some(Reading { constants, how })
}

/// The text, then the text with one word of ceremony after another taken off either end.
fn stripped(text: &str) -> impl Iterator<Item = &str> {
    const FRONT: [&str; 32] = [
        "允许应用程序",
        "允许程序",
        "允许应用",
        "应用程序",
        "获取用户的",
        "获取您的",
        "访问您的",
        "读取您的",
        "您的",
        "用户的",
        "获取",
        "申请",
        "允许",
        "使用",
        "调用",
        "开启",
        "访问",
        "请求",
        "设备的",
        "手机的",
        "手机",
        "可选",
        "必选",
        "obtain ",
        "get ",
        "access to ",
        "access ",
        "your ",
        "the ",
        "allow ",
        "use ",
        "permission to ",
    ];
    const BACK: [&str; 18] = [
        "相关权限",
        "的权限",
        "权限",
        "授权",
        "功能",
        "信息",
        "android",
        "ios",
        "安卓",
        "双端",
        " permissions",
        " permission",
        " access",
        " android",
        " ios",
        "访问",
        "等",
        "的",
    ];
    std::iter::successors(Some(text), |t| {
        let shorter = BACK
            .iter()
            .find_map(|b| t.strip_suffix(b))
            .or_else(|| FRONT.iter().find_map(|f| t.strip_prefix(f)))?
            .trim();
        (!shorter.is_empty()).then_some(shorter)
    })
}

/// Pieces of a folded text that may be constants, blanks around dots and underscores taken out.
fn tokens(folded: &str) -> Vec<String> {
    if !folded.contains(['.', '_']) {
        return Vec::new();
    }
    let mut joined = String::with_capacity(folded.len());
    let mut characters = folded.chars().peekable();
    while let Some(c) = characters.next() {
        let joint = |c: char| c == '.' || c == '_';
        if c == ' ' && (joined.ends_with(joint) || characters.peek().is_some_and(|n| joint(*n))) {
            continue;
        }
        joined.push(c);
    }
    joined
        .split(|c: char| !(c.is_ascii_alphanumeric() || c == '.' || c == '_'))
        .map(|t| t.trim_matches(|c| c == '.' || c == '_'))
        .filter(|t| (4..=100).contains(&t.len()) && (t.contains('_') || t.contains('.')))
        .map(str::to_owned)
        .collect()
}

/// What a lower-case token means as a constant; `None` when it is not written like one.
fn token_reading(token: &str) -> Option<Reading> {
    let known = |name: &'static str| Some(Reading { constants: vec![name], how: How::Constant });
    let short = token.rsplit('.').next().unwrap_or(token);
    let upper = short.to_ascii_uppercase();
    let package = token.strip_suffix(short).unwrap_or("");
    if let Some(name) = LOWER.get(token) {
        return known(name);
    }
    let ours = package.is_empty() || package.ends_with("permission.");
    if ours && let Some(name) = constant(&upper) {
        return known(name);
    }
    if !package.is_empty() && !package.contains("permission") && !package.starts_with("android") {
        return None;
    }
    // A bare word needs an underscore to be a constant at all; one wrong letter in eight is a misspelling, two at most.
    let allowed = (upper.len() / 8).clamp(1, 2);
    let near = all()
        .iter()
        .filter_map(|p| {
            let name = p.name.rsplit('.').next()?;
            (name.len().abs_diff(upper.len()) <= allowed)
                .then(|| (strsim::osa_distance(name, &upper), p.name))
                .filter(|(d, _)| *d <= allowed)
        })
        .min();
    match near {
        Some((distance, name)) if upper.len() >= 6 => {
            Some(Reading { constants: vec![name], how: How::Misspelt(distance) })
        }
        _ if package.ends_with("permission.") && !upper.is_empty() => {
            Some(Reading { constants: Vec::new(), how: How::NoSuchConstant(format!("{package}{upper}")) })
        }
        _ => None,
    }
}

/// The wordings and constants a running text names, in text order, without overlaps, the longest at each place.
///
/// Meant for text that is about permissions: in other prose, `camera` is no permission. Linear in the text.
pub fn mentions(text: &str) -> Vec<(Span, Reading)> {
    let w = &*WORDINGS;
    let folded = fold(text);
    let mut out: Vec<(Span, Reading)> = Vec::new();
    let mut free = 0;
    for (start, end, row) in found(w, &folded) {
        if start >= free
            && let Some(reading) = reading(w, row, How::Part)
        {
            free = end;
            out.push((folded.span(start..end), reading));
        }
    }
    out
}

/// All matches of wordings in a folded text, by start, longest first.
fn found(w: &Wordings, folded: &Folded) -> Vec<(usize, usize, usize)> {
    let text = folded.as_str();
    let mut found: Vec<_> = w
        .inside(text)
        .into_iter()
        .filter_map(|(start, end, row)| Some((start, fold::word_at(text, start, end)?, row)))
        .collect();
    found.sort_unstable_by_key(|(start, end, _)| (*start, std::cmp::Reverse(*end)));
    found
}

/// The entries of a cell or sentence that lists permissions: divided at list marks and line ends outside brackets.
pub fn pieces(text: &str) -> Vec<Span> {
    let mut out = Vec::new();
    let (mut start, mut depth) = (0, 0usize);
    let mut close = |from: usize, to: usize| {
        let piece = text.get(from..to).unwrap_or("");
        let lead = piece.len() - piece.trim_start().len();
        let trimmed = piece.trim();
        if trimmed.chars().any(char::is_alphanumeric) {
            out.push(Span::new(from + lead, from + lead + trimmed.len()));
        }
    };
    for (at, c) in text.char_indices() {
        match c {
            '(' | '（' | '[' => depth += 1,
            ')' | '）' | ']' => depth = depth.saturating_sub(1),
            '\n' | '|' => {
                depth = 0;
                close(start, at);
                start = at + c.len_utf8();
            }
            '、' | '，' | ',' | ';' | '；' | '。' if depth == 0 => {
                close(start, at);
                start = at + c.len_utf8();
            }
            _ => {}
        }
    }
    close(start, text.len());
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn short(written: &str) -> Option<&'static str> {
        normalise(written).map(|n| n.strip_prefix(PREFIX).unwrap_or(n))
    }

    #[test]
    fn every_wording_reads_as_its_own_row() {
        for line in super::super::rows(DATA) {
            let (names, wordings) = line.split_once('\t').expect("two columns");
            let first = names.split(',').next().expect("a name");
            if first != "-" {
                for name in names.split(',') {
                    assert!(constant(name).is_some(), "{name} is no constant");
                }
            }
            for wording in wordings.split(';') {
                let wording = wording.trim_start_matches('=');
                let reading = read(wording).unwrap_or_else(|| panic!("{wording} is not read"));
                if first == "-" {
                    assert_eq!(reading.how, How::NotAPermission, "{wording}");
                } else {
                    let owner: Vec<_> = names.split(',').filter_map(constant).collect();
                    assert_eq!(reading.constants, owner, "{wording}");
                }
            }
        }
    }

    #[test]
    fn constants_wordings_and_misspellings_are_read() {
        for (written, constant) in [
            ("android.permission.CAMERA", "CAMERA"),
            ("android. permission. READ_PHONE_STATE", "READ_PHONE_STATE"),
            ("Manifest.permission.RECORD_AUDIO", "RECORD_AUDIO"),
            ("ACCESS_FINE_LOCATION（精确位置）", "ACCESS_FINE_LOCATION"),
            ("android.permission.READ_EXTERNAL_STORAG", "READ_EXTERNAL_STORAGE"),
            ("android.permission.MOUNT_UNMOUNT_FILESYSTEM", "MOUNT_UNMOUNT_FILESYSTEMS"),
            ("读取手机状态和身份", "READ_PHONE_STATE"),
            ("讀取電話狀態", "READ_PHONE_STATE"),
            ("访问粗略位置", "ACCESS_COARSE_LOCATION"),
            ("完全的网络访问权限", "INTERNET"),
            ("查看 WLAN 连接", "ACCESS_WIFI_STATE"),
            ("电话权限Android", "READ_PHONE_STATE"),
            ("存储权限（写入）Android", "WRITE_EXTERNAL_STORAGE"),
            ("相机（摄像头）访问权限", "CAMERA"),
            ("读写存储空间（相册）权限", "WRITE_EXTERNAL_STORAGE"),
            ("Microphone/Recording", "RECORD_AUDIO"),
            ("Obtain microphone permission to record", "RECORD_AUDIO"),
            ("获取您的位置权限", "ACCESS_FINE_LOCATION"),
        ] {
            assert_eq!(short(written), Some(constant), "{written}");
        }
        assert_eq!(read("android.permission.READ_EXTERNAL_STORAG").map(|r| r.how), Some(How::Misspelt(1)));
        let unknown = How::NoSuchConstant("android.permission.RECORD_VIDEO".into());
        assert_eq!(read("android.permission.RECORD_VIDEO").map(|r| r.how), Some(unknown));
        assert_eq!(read("剪切板权限").map(|r| r.how), Some(How::NotAPermission));
        assert_eq!(read("欢迎使用"), None);
        assert_eq!(normalise("com.android.vending.BILLING"), Some("com.android.vending.BILLING"));
    }

    #[test]
    fn cells_divide_outside_brackets() {
        let text = "网络权限、相机(拍照、录像)；读取手机状态\n ，位置";
        let parts: Vec<&str> = pieces(text).iter().map(|s| s.of(text)).collect();
        assert_eq!(parts, ["网络权限", "相机(拍照、录像)", "读取手机状态", "位置"]);
    }

    #[test]
    fn running_text_is_searched() {
        let text = "需要获取您的相机权限、麦克风权限和读取手机状态和身份";
        let found: Vec<_> = mentions(text).into_iter().map(|(s, r)| (s.of(text), r.constants[0])).collect();
        assert_eq!(
            found.iter().map(|(_, c)| c.strip_prefix(PREFIX).unwrap_or(c)).collect::<Vec<_>>(),
            ["CAMERA", "RECORD_AUDIO", "READ_PHONE_STATE"],
            "{found:?}"
        );
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic(text in "\\PC{0,80}|[a-zA-Z_. 权限读取位置（）、]{0,80}") {
            let _ = read(&text);
            for span in pieces(&text) {
                prop_assert!(!span.of(&text).trim().is_empty());
            }
            for (span, _) in mentions(&text) {
                prop_assert!(!span.of(&text).is_empty());
            }
        }
    }
}
