//! The app's own permissions: a table, a list, lines that begin with a permission; sentences only where there is no list.

mod cells;
mod lines;
mod table;

use crate::fold;
use crate::permission::{self, How};
use crate::policy::asked;
use crate::policy::page::{LineKind, Taken};
use crate::policy::read::{Context, Found};
use crate::policy::rich::Rich;
use crate::policy::row::platforms_in;
use crate::policy::{Field, PermissionDeclaration, Place, Platform};
use std::collections::HashSet;

const NAME: &str = "permissions";

/// Longest name of a permission, in characters; constants in brackets make it longer.
const MAX_NAME: usize = 48;
const MAX_NAME_WITH_CONSTANTS: usize = 160;

/// Reads the permissions of a page, the most structured layout first.
pub fn read(context: &Context<'_>, taken: &mut Taken, found: &mut Found) {
    let mut rows = table::rows(context, taken);
    rows.append(&mut cells::periodic(context, taken));
    let only = rows.is_empty();
    rows.append(&mut lines::rows(context, taken, only));
    rows.append(&mut cells::numbered(context, taken));
    if rows.is_empty() {
        rows = enumerated(context, taken);
        if rows.is_empty() {
            rows = sentence_rows(context, taken);
        }
        // What a sentence asks for is no list, however many it names: it says why in its own words.
        rows.iter_mut().for_each(|row| row.place = Place::Prose);
    }
    let mut seen = HashSet::new();
    rows.retain(|row| {
        let apple = row.platforms.as_slice() == [Platform::Ios];
        seen.insert((fold::key(&row.written.text), apple))
    });
    found.permissions.append(&mut rows);
}

/// One entry: its name, the rest of its row, and the platforms stated for it, else those of the heading above.
fn entry(
    context: &Context<'_>,
    name: &Rich,
    purpose: Option<Rich>,
    line: usize,
    stated: &[Platform],
) -> PermissionDeclaration {
    let text = name.text().trim();
    let mut platforms = platforms_in(text);
    if platforms.is_empty() {
        platforms = stated.to_vec();
    }
    if platforms.is_empty() {
        platforms = context.platforms(line);
    }
    let apple = platforms.as_slice() == [Platform::Ios];
    let purpose: Option<Field> =
        purpose.filter(|p| p.text().chars().any(char::is_alphanumeric)).map(|p| p.field());
    let span = purpose.as_ref().and_then(|p| p.spans.first()).map_or(name.span(), |s| name.span().cover(*s));
    PermissionDeclaration {
        document: context.document,
        span,
        written: name.field(),
        permission: if apple { None } else { permission::normalise(text).map(str::to_owned) },
        purpose,
        platforms,
        place: Place::List,
    }
}

/// Whether a text names a permission, as far as words can tell.
fn reads(text: &str) -> bool {
    permission::read(text).is_some()
}

/// Whether a text is the name of a permission and nothing else.
fn reads_whole(text: &str) -> bool {
    let how = permission::read(text).map(|r| r.how);
    matches!(how, Some(How::Wording | How::Constant | How::Misspelt(_) | How::Several))
}

/// Whether a text speaks of permissions.
fn says_permission(text: &str) -> bool {
    let key = fold::key(text);
    ["权限", "権限", "permission", "パーミッション"].iter().any(|w| key.contains(w))
}

/// Whether the lines just above line `at`, or the heading it stands under, announce permissions of the app itself.
fn announced(context: &Context<'_>, at: usize) -> bool {
    let lines = context.page.range(0..at);
    let own = |text: &str| says_permission(text) && !fold::key(text).contains("sdk");
    let near = lines.iter().rev().take_while(|l| l.table.is_none()).take(3).any(|l| own(l.str()));
    near || under_heading(context, at)
}

/// Whether the heading that line `at` stands under speaks of permissions.
fn under_heading(context: &Context<'_>, at: usize) -> bool {
    let level = |i: usize| match context.page.lines.get(i).map(|l| l.kind) {
        Some(LineKind::Heading(level)) => level,
        _ => 7,
    };
    let own = level(at);
    let above = (at.saturating_sub(40)..at).rev().find(|i| {
        context.page.lines.get(*i).is_some_and(|l| {
            let section = l.ordinal.is_some_and(|o| {
                use crate::policy::ordinal::Style;
                matches!(o.style, Style::Chinese | Style::ChineseBracketed)
            });
            let title = l.strong || section;
            let short = l.str().chars().count() <= 40;
            level(*i) < own && (l.is_heading() || title && own == 7 && short)
        })
    });
    above.and_then(|i| context.page.lines.get(i)).is_some_and(|l| {
        says_permission(l.str()) && !fold::key(l.str()).contains("sdk") && l.str().chars().count() <= 80
    })
}

/// A line that announces permissions and names them: `需要获取以下权限：相机、麦克风、存储`.
fn enumerated(context: &Context<'_>, taken: &Taken) -> Vec<PermissionDeclaration> {
    let mut rows = Vec::new();
    for (index, line) in context.page.lines.iter().enumerate() {
        let listed = matches!(taken.by(index), Some(by) if by != "prose") || line.table.is_some();
        let text = line.str();
        if listed || text.len() > 8000 || !says_permission(text) {
            continue;
        }
        let mut from = 0;
        while let Some(at) = text.get(from..).and_then(|t| t.find(['：', ':'])).map(|i| from + i) {
            let before = text.get(from..at).unwrap_or("");
            let before = before.rsplit(['。', '；', ';', '\n']).next().unwrap_or(before);
            from = at + text.get(at..).and_then(|t| t.chars().next()).map_or(1, char::len_utf8);
            let rest = text.get(from..).unwrap_or("");
            let end = rest.find(['。', '\n']).unwrap_or(rest.len());
            if !says_permission(before) || fold::key(before).contains("sdk") {
                continue;
            }
            let mut pieces = permission::pieces(rest.get(..end).unwrap_or(""));
            pieces.retain(|p| rest.get(p.start..p.end).is_some_and(|t| t.chars().any(char::is_alphabetic)));
            let known: Vec<_> = pieces
                .iter()
                .filter(|p| {
                    let piece = rest.get(p.start..p.end).unwrap_or("");
                    piece.chars().count() <= MAX_NAME && reads(piece.trim_end_matches(['等', '.']))
                })
                .collect();
            if known.len() >= 3 && known.len() * 10 >= pieces.len() * 7 {
                for piece in known {
                    let name = line.text.slice(from + piece.start..from + piece.end);
                    rows.push(entry(context, &name, None, index, &[]));
                }
            }
        }
    }
    rows
}

/// Permissions asked for in sentences: `申请您的相机权限`, `permission to use the album`.
fn sentence_rows(context: &Context<'_>, taken: &Taken) -> Vec<PermissionDeclaration> {
    let mut rows: Vec<PermissionDeclaration> = Vec::new();
    let mut seen: HashSet<&'static str> = HashSet::new();
    for (index, line) in context.page.lines.iter().enumerate() {
        let listed = matches!(taken.by(index), Some(by) if by != "prose") || line.table.is_some();
        if listed || matches!(line.kind, LineKind::Heading(_)) {
            continue;
        }
        for range in asked::find(line.str()) {
            let name = line.text.slice(range);
            let Some(reading) = permission::read(name.text()) else { continue };
            let Some(first) = reading.constants.first() else { continue };
            if matches!(reading.how, How::Wording | How::Constant | How::Misspelt(_) | How::Part)
                && seen.insert(first)
            {
                rows.push(entry(context, &name, None, index, &[]));
            }
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::testing::read_lines;
    use proptest::prelude::*;

    fn permissions(lines: &[&str]) -> Vec<(String, Option<String>)> {
        let found = read_lines(lines, read);
        let short = |p: Option<String>| p.map(|p| p.trim_start_matches("android.permission.").to_owned());
        found.permissions.into_iter().map(|p| (p.written.text, short(p.permission))).collect()
    }

    fn row(written: &str, constant: &str) -> (String, Option<String>) {
        (written.to_owned(), (!constant.is_empty()).then(|| constant.to_owned()))
    }

    #[test]
    fn numbered_lists_are_read() {
        let found = permissions(&[
            "我们可能申请以下权限：",
            "1）相机（摄像头）权限，用于拍照；",
            "2）剪切板权限，用于粘贴口令；",
            "3）读取手机状态：用于识别设备；",
            "二、其他",
        ]);
        assert_eq!(
            found,
            [
                row("相机（摄像头）权限", "CAMERA"),
                row("剪切板权限", ""),
                row("读取手机状态", "READ_PHONE_STATE")
            ]
        );
    }

    #[test]
    fn labelled_tabbed_and_bracketed_lines_are_read() {
        let found = permissions(&[
            "附录 权限说明",
            "1. APP权限：网络访问权限 描述：访问网络 使用目的：下载贴纸",
            "2. APP权限：日历权限 描述：读写日历",
        ]);
        assert_eq!(found, [row("网络访问权限", "INTERNET"), row("日历权限", "READ_CALENDAR")]);
        let found = permissions(&[
            "App permissions",
            "1 |",
            "Camera |",
            "Scan codes |",
            "2 |",
            "Album |",
            "Save |",
            "3 |",
            "NFC |",
        ]);
        assert_eq!(
            found,
            [row("Camera", "CAMERA"), row("Album", "READ_EXTERNAL_STORAGE"), row("NFC", "NFC")]
        );
        let found = permissions(&["调用权限\t调用目的", "相机\t拍摄头像", "录音\t发送语音"]);
        assert_eq!(found, [row("相机", "CAMERA"), row("录音", "RECORD_AUDIO")]);
        let found = permissions(&[
            "Permissions we use:",
            "[Camera] permission: to scan codes",
            "[Access location] permission, when you look for shops",
        ]);
        assert_eq!(found, [row("Camera", "CAMERA"), row("Access location", "ACCESS_FINE_LOCATION")]);
    }

    #[test]
    fn blocks_of_labelled_lines_are_read() {
        let found = permissions(&[
            "附录：安卓系统的设备权限",
            "Ø相机",
            "对应业务功能：扫描座位上的图案",
            "调用目的：识别图案",
            "获取权限方式：弹窗询问",
            "Ø星图感应",
            "对应业务功能：看星星",
            "Ø麦克风和录音",
            "对应业务功能：留言",
            "调用目的：录下留言",
            "Ø存储（包含：照片）",
            "对应业务功能：保存照片",
            "iOS系统的设备权限如下：",
            "Ø蓝牙",
            "对应业务功能：连接望远镜",
            "Ø日历",
            "对应业务功能：记下流星雨",
        ]);
        assert_eq!(
            found,
            [
                row("相机", "CAMERA"),
                row("星图感应", ""),
                row("麦克风和录音", "RECORD_AUDIO"),
                row("存储（包含：照片）", "WRITE_EXTERNAL_STORAGE"),
                row("蓝牙", ""),
                row("日历", "")
            ]
        );
    }

    #[test]
    fn functions_that_rest_on_a_permission_name_it() {
        let found = permissions(&[
            "您可以选择是否使用下列功能：",
            "（1）基于相机（摄像头）的功能：拍下菜谱。",
            "（2）基于通讯录的附加功能：把菜谱送给朋友。",
            "（3）基于日历授权的扩展功能：提醒您浇花。",
            "（4）Touch ID：登录。",
        ]);
        assert_eq!(
            found.iter().take(3).cloned().collect::<Vec<_>>(),
            [row("相机（摄像头）", "CAMERA"), row("通讯录", "READ_CONTACTS"), row("日历", "READ_CALENDAR")]
        );
        assert!(
            permissions(&["（1）基于产品功能：展示", "（2）基于业务功能：推荐", "（3）基于您的分享功能"])
                .is_empty()
        );
    }

    #[test]
    fn sentences_count_only_without_a_list() {
        let found = permissions(&[
            "当您上传头像时，我们会申请您的相机权限和存储权限。",
            "We need permission to use the album.",
        ]);
        assert_eq!(
            found.iter().map(|(_, p)| p.as_deref().unwrap_or("")).collect::<Vec<_>>(),
            ["CAMERA", "WRITE_EXTERNAL_STORAGE", "READ_EXTERNAL_STORAGE"]
        );
        assert!(permissions(&["您可以查看照片，也可以使用相机拍照。"]).is_empty());
    }

    proptest! {
        #[test]
        fn any_text_is_read(lines in proptest::collection::vec("[a-zA-Z0-9 （）\\[\\]权限相机获取、，：.\t|]{0,40}", 0..8)) {
            let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
            let _ = permissions(&lines);
        }
    }
}
