//! Everything odd a zip archive can hold, each with its limitation kind and a sentence in both languages.

use crate::lang::Text;
use crate::limitation::LimitationKind;

/// One oddity, in the archive as a whole or in one entry.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Trick {
    /// Bytes before the archive: the offsets are relative to a later start.
    Prepended(u64),
    /// The file does not begin with a local header (APPNOTE 4.3.7); Android 8.1 and later refuse that.
    NoHeaderAtStart,
    /// Bytes after the end record and its comment.
    TrailingBytes(u64),
    /// The comment length of the end record runs past the end of the file.
    CommentLength,
    /// More than one end record leads to a directory; libziparchive takes the last one.
    SeveralEndRecords(usize),
    /// The last mark of an end record leads to no directory; where it is a whole record, libziparchive takes it
    /// and refuses the file.
    FakeEndRecord,
    /// The end record counts other entries than the directory holds.
    EntryCount {
        /// As the end record says.
        declared: u64,
        /// As the directory holds.
        found: u64,
    },
    /// An entry that the directory does not list, recovered by its local header.
    Unlisted,
    /// An entry behind the count of the end record: libziparchive stops before it.
    Uncounted,
    /// The end record gives a directory size that is not its size.
    DirectorySize,
    /// The end record gives an offset at which no directory stands.
    DirectoryOffset,
    /// Disk numbers of a multi-part archive.
    Disks,
    /// The directory holds bytes that are no record; reading went on at the next one.
    DirectoryDamaged(u64),
    /// No end record: the directory was found by its own marks.
    NoEndRecord,
    /// No directory: entries were recovered from local headers.
    NoDirectory(usize),
    /// More entries than the limit; the rest was not read.
    TooManyEntries(usize),
    /// The encryption flag is set on data that is not encrypted.
    FakeEncryption,
    /// The data looks truly encrypted: none of the readings of it fits.
    Encrypted,
    /// A compression method other than stored and deflated.
    Method {
        /// The method field.
        declared: u16,
        /// Whether the data is deflated (else stored).
        deflated: bool,
    },
    /// The method says stored and the data is deflated, or the other way round.
    MethodSwapped {
        /// Whether the data is deflated.
        deflated: bool,
    },
    /// The local header names another method than the directory.
    LocalMethod,
    /// The CRC-32 of the content is not that of the directory.
    Crc,
    /// The content has another length than the directory says.
    Size {
        /// As the directory says.
        declared: u64,
        /// As it is.
        found: u64,
    },
    /// No local header where the directory points.
    NoLocalHeader,
    /// The local header that belongs to the entry stands elsewhere.
    HeaderElsewhere,
    /// The local header carries another name.
    LocalName,
    /// The local header carries other sizes or another CRC, and no data descriptor follows.
    LocalSizes,
    /// The data runs past the end of the file.
    Cut,
    /// The deflate stream breaks; what came before was kept.
    Broken {
        /// Bytes that came out.
        kept: u64,
    },
    /// The name stands in the directory more than once; this copy is the one to take.
    DuplicateTaken(usize),
    /// The name stands in the directory more than once; this copy is not the one to take.
    DuplicateShadowed,
    /// A directory-like name (`classes.dex/`) that holds data or shadows a file.
    DirectoryDecoy,
    /// The name is not UTF-8 or holds a NUL: libziparchive refuses it.
    BadName,
    /// The name climbs out of its folder or is absolute.
    Traversal,
    /// The data of this entry lies within that of other entries.
    Overlap,
    /// Inflating stopped at a limit of bytes per entry or package.
    TooLarge(u64),
    /// The deadline passed while inflating.
    OutOfTime,
    /// The bytes could not be read from their source.
    Unreadable(String),
}

impl Trick {
    /// Which kind of limitation it is.
    pub fn kind(&self) -> LimitationKind {
        use LimitationKind as K;
        use Trick::*;
        match self {
            CommentLength
            | DirectoryDamaged(_)
            | DirectorySize
            | DirectoryOffset
            | Size { .. }
            | Crc
            | LocalSizes
            | Broken { .. }
            | EntryCount { .. } => K::Malformed,
            NoEndRecord | NoDirectory(_) | Cut => K::Truncated,
            TooManyEntries(_) | TooLarge(_) | OutOfTime => K::LimitReached,
            Encrypted => K::Unsupported,
            Unreadable(_) => K::Unreadable,
            _ => K::Tampered,
        }
    }

    /// Whether content is lost by it, or may be.
    pub fn loses_content(&self) -> bool {
        use Trick::*;
        matches!(
            self,
            NoDirectory(_)
                | TooManyEntries(_)
                | Encrypted
                | Cut
                | Broken { .. }
                | TooLarge(_)
                | OutOfTime
                | Unreadable(_)
        )
    }

    /// One sentence for people.
    pub fn text(&self) -> Text {
        use Trick::*;
        match self {
            Prepended(n) => Text::new(
                format!("压缩包之前有 {n} 个无关字节，偏移量已按真实起点校正。"),
                format!("{n} foreign bytes stand before the archive; offsets were read from its real start."),
            ),
            NoHeaderAtStart => Text::new(
                "文件开头不是 ZIP 本地文件头，新版 Android 会拒绝安装。",
                "The file does not begin with a local header; recent Android versions refuse it.",
            ),
            TrailingBytes(n) => Text::new(
                format!("ZIP 结束记录之后还有 {n} 个字节；部分 Android 版本会拒绝，内容已恢复。"),
                format!(
                    "{n} bytes follow the end record; some Android versions refuse that, the content was recovered."
                ),
            ),
            CommentLength => Text::new(
                "ZIP 结束记录的注释长度与文件长度不符；部分 Android 版本会拒绝，内容已恢复。",
                "The comment length of the end record does not fit the file; some Android versions refuse that, the content was recovered.",
            ),
            SeveralEndRecords(n) => Text::new(
                format!("文件中有 {n} 个 ZIP 结束记录（例如藏在注释里的假记录）；已采用与目录相符的一个。"),
                format!(
                    "The file holds {n} end records (a fake one in the comment, for instance); the one that fits a directory was taken."
                ),
            ),
            FakeEndRecord => Text::new(
                "真正的 ZIP 结束记录之后还有一个假记录（针对从末尾查找的工具）；已使用真正的记录。",
                "A fake end record stands behind the real one (a trick on readers that search from the end); the real one was used.",
            ),
            Unlisted => Text::new(
                "目录未列出该条目；已通过其本地文件头恢复。",
                "The directory does not list this entry; it was recovered by its local header.",
            ),
            Uncounted => Text::new(
                "该条目排在结束记录声明的数量之后，Android 不会读取它；此处仍已读取。",
                "The entry stands behind the number that the end record counts; Android does not see it, it was read here all the same.",
            ),
            EntryCount { declared, found } => Text::new(
                format!("ZIP 结束记录声明 {declared} 个条目，目录中实有 {found} 个；已全部读取。"),
                format!(
                    "The end record counts {declared} entries, the directory holds {found}; all were read."
                ),
            ),
            DirectorySize => Text::new(
                "ZIP 结束记录中的目录大小不正确；目录已按其自身记录读取。",
                "The end record gives a wrong directory size; the directory was read by its own records.",
            ),
            DirectoryOffset => Text::new(
                "ZIP 结束记录中的目录偏移不正确；目录已按其签名找到。",
                "The end record gives a wrong directory offset; the directory was found by its own marks.",
            ),
            Disks => Text::new(
                "分卷号不为零（伪装成分卷压缩包）；已按单卷读取。",
                "Disk numbers pretend a multi-part archive; it was read as one part.",
            ),
            DirectoryDamaged(n) => Text::new(
                format!("ZIP 目录中有 {n} 个字节不是条目记录；已从下一条记录继续读取。"),
                format!("{n} bytes of the directory are no record; reading went on at the next record."),
            ),
            NoEndRecord => Text::new(
                "没有 ZIP 结束记录（文件可能被截断）；已通过目录记录自身恢复。",
                "There is no end record (the file may be cut); the directory was found by its own marks.",
            ),
            NoDirectory(n) => Text::new(
                format!("没有 ZIP 目录（文件被截断）；仅从本地文件头恢复了 {n} 个条目，其余内容缺失。"),
                format!(
                    "There is no directory (the file is cut); {n} entries were recovered from local headers, the rest is missing."
                ),
            ),
            TooManyEntries(n) => Text::new(
                format!("条目数超过上限；仅读取前 {n} 个。"),
                format!("There are more entries than the limit; only the first {n} were read."),
            ),
            FakeEncryption => Text::new(
                "条目带有加密标志但实际未加密（反分析手法，Android 忽略该标志）。",
                "The entry is marked encrypted and is not (an anti-analysis trick; Android ignores the mark).",
            ),
            Encrypted => Text::new(
                "条目带有加密标志，且内容无法按任何方式解读。",
                "The entry is marked encrypted and its content cannot be read in any way.",
            ),
            Method { declared, deflated } => Text::new(
                format!(
                    "条目使用虚假的压缩方法 {declared}（反分析手法）；内容已按{}读取。",
                    if *deflated { "压缩数据" } else { "未压缩数据" }
                ),
                format!(
                    "The entry names the bogus compression method {declared} (an anti-analysis trick); its content was read as {}.",
                    if *deflated { "deflated" } else { "stored" }
                ),
            ),
            MethodSwapped { deflated } => Text::new(
                format!(
                    "条目声明的压缩方法与数据不符；内容已按{}读取。",
                    if *deflated { "压缩数据" } else { "未压缩数据" }
                ),
                format!(
                    "The declared compression method does not fit the data; the content was read as {}.",
                    if *deflated { "deflated" } else { "stored" }
                ),
            ),
            LocalMethod => Text::new(
                "本地文件头与目录中的压缩方法不同；以目录为准。",
                "The local header names another compression method than the directory; the directory was followed.",
            ),
            Crc => Text::new(
                "内容的 CRC-32 与目录不符；内容仍已读取。",
                "The CRC-32 of the content differs from the directory's; the content was read all the same.",
            ),
            Size { declared, found } => Text::new(
                format!("目录声明内容为 {declared} 字节，实际为 {found} 字节。"),
                format!("The directory says {declared} bytes of content; there are {found}."),
            ),
            NoLocalHeader => Text::new(
                "目录指向的位置没有本地文件头；数据已按目录信息定位。",
                "No local header stands where the directory points; the data was located by the directory alone.",
            ),
            HeaderElsewhere => Text::new(
                "目录中的偏移不正确；已按名称在别处找到该条目的本地文件头。",
                "The directory gives a wrong offset; the local header of the entry was found elsewhere by its name.",
            ),
            LocalName => Text::new(
                "本地文件头中的名称与目录不同；以目录为准。",
                "The local header carries another name than the directory; the directory was followed.",
            ),
            LocalSizes => Text::new(
                "本地文件头中的大小或 CRC 与目录不同；以目录为准。",
                "The local header carries other sizes or another CRC than the directory; the directory was followed.",
            ),
            Cut => Text::new(
                "条目数据超出文件末尾；仅读取了现有部分。",
                "The data of the entry runs past the end of the file; only what is there was read.",
            ),
            Broken { kept } => Text::new(
                format!("压缩数据中途损坏；仅得到前 {kept} 个字节。"),
                format!("The deflate stream breaks; only its first {kept} bytes came out."),
            ),
            DuplicateTaken(n) => Text::new(
                format!(
                    "目录中有 {n} 个同名条目；现行 Android（libziparchive）拒绝此类文件，旧版加载第一个；已采用内容合理的一份，其余副本也会检查。"
                ),
                format!(
                    "{n} entries carry this name; current Android (libziparchive) refuses such a file and old versions load the first; the plausible copy was taken, the others are looked into as well."
                ),
            ),
            DuplicateShadowed => Text::new(
                "同名条目的另一份副本（可能是诱饵）。",
                "Another copy of an entry name (a decoy, perhaps).",
            ),
            DirectoryDecoy => Text::new(
                "以斜杠结尾的条目带有数据或与文件同名（诱饵）。",
                "An entry whose name ends in a slash holds data or mimics a file (a decoy).",
            ),
            BadName => Text::new(
                "条目名不是有效的 UTF-8 或含有 NUL；Android 会拒绝此类文件。",
                "The entry name is not valid UTF-8 or holds a NUL; Android refuses such a file.",
            ),
            Traversal => Text::new(
                "条目名含有绝对路径或上级目录（路径穿越）。",
                "The entry name is absolute or climbs out of its folder (path traversal).",
            ),
            Overlap => Text::new(
                "条目数据与其他条目的数据重叠（压缩炸弹或诱饵手法）。",
                "The data of the entry overlaps that of another entry (as in zip bombs and decoys).",
            ),
            TooLarge(n) => Text::new(
                format!("解压达到上限；仅读取前 {n} 个字节。"),
                format!("Inflating reached a limit; only the first {n} bytes were read."),
            ),
            OutOfTime => Text::new("已超过时限，停止解压。", "The deadline passed; inflating stopped."),
            Unreadable(why) => {
                Text::new(format!("无法读取数据：{why}。"), format!("The bytes could not be read: {why}."))
            }
        }
    }
}
