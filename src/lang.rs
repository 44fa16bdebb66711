//! The two languages every text for people exists in.

use serde::{Deserialize, Serialize};
use std::io;
use std::path::Path;

/// Language of reports, rule texts and messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lang {
    /// Simplified Chinese.
    Zh,
    /// English.
    En,
}

/// One text in both languages; neither may be empty.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Text {
    /// Simplified Chinese wording.
    pub zh: String,
    /// English wording.
    pub en: String,
}

impl Text {
    /// Both wordings at once.
    pub fn new(zh: impl Into<String>, en: impl Into<String>) -> Text {
        Text { zh: zh.into(), en: en.into() }
    }

    /// Why the file at `path` could not be read: the common causes in words, others as the system names them.
    pub fn unreadable(path: &Path, error: &io::Error) -> Text {
        let path = path.display();
        let (zh, en) = match error.kind() {
            io::ErrorKind::NotFound => {
                ("文件不存在，请检查路径".to_owned(), "no such file; check the path".to_owned())
            }
            io::ErrorKind::PermissionDenied => ("没有读取权限".to_owned(), "permission denied".to_owned()),
            _ => (error.to_string(), error.to_string()),
        };
        Text::new(format!("无法读取 {path}：{zh}"), format!("cannot read {path}: {en}"))
    }

    /// The wording in `lang`.
    pub fn get(&self, lang: Lang) -> &str {
        match lang {
            Lang::Zh => &self.zh,
            Lang::En => &self.en,
        }
    }
}
