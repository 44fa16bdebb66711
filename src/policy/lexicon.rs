//! Headers and labels of SDK lists -> what they stand for: one lexicon for table heads and `label: value`
//! lines, in Chinese, English, Japanese and Korean. A label counts only if known words make up all of it.

use crate::fold;
use crate::policy::FieldName;
use std::collections::HashMap;
use std::sync::LazyLock;

/// What a header or label stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum Label {
    /// Name of an SDK, product or service.
    Name,
    /// `第三方名称`, `合作伙伴`: the SDK's name, unless another label is; then the company.
    ThirdParty,
    Package,
    Provider,
    Purpose,
    /// What it does; the purpose where no other label states one.
    Function,
    Scene,
    Data,
    Permission,
    Method,
    PrivacyLink,
    OfficialLink,
    /// A link that does not say to what.
    Link,
    Platform,
    Retention,
    /// Kind of partner or SDK.
    Kind,
    /// Known and of no use here: numbers, remarks, contacts.
    Other,
}

impl Label {
    /// The field of a row that holds what stands under it; `None` where no field does.
    pub fn field(self) -> Option<FieldName> {
        Some(match self {
            Label::Name => FieldName::Name,
            Label::ThirdParty | Label::Provider => FieldName::Provider,
            Label::Package => FieldName::Package,
            Label::Purpose | Label::Function => FieldName::Purpose,
            Label::Scene => FieldName::Scene,
            Label::Data => FieldName::Data,
            Label::Permission => FieldName::Permission,
            Label::Method => FieldName::Method,
            Label::PrivacyLink | Label::OfficialLink | Label::Link => FieldName::Link,
            Label::Platform => FieldName::Platform,
            Label::Retention => FieldName::Retention,
            Label::Kind | Label::Other => return None,
        })
    }
}

/// Parts that labels are made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Package,
    Privacy,
    /// Policy, agreement, statement.
    Paper,
    Link,
    Official,
    Other,
    Method,
    Purpose,
    Scene,
    Permission,
    Retention,
    Data,
    Function,
    Provider,
    Platform,
    Kind,
    /// SDK, plug-in, component.
    Sdk,
    /// Product, service: a name only together with other words.
    Product,
    Name,
    /// Third party, partner.
    Party,
    /// Of a device: with information it is a data item, not a label.
    Device,
    /// Description: of whatever stands before it.
    Description,
    /// Scope, range: a scene where nothing else tells.
    Scope,
    /// Client, app end: the platform where nothing else tells.
    Client,
    /// `What it receives`: data, with a verb of taking.
    What,
    /// To collect, share, use: what makes `信息` the data collected.
    Verb,
    Filler,
}

use Part as P;

/// Words without spaces between them: Chinese (folded to Simplified), Japanese, Korean.
const WORDS: &[(Part, &str)] = &[
    (P::Device, "设备"),
    (P::Description, "描述 说明 简介 介绍"),
    (P::Verb, "实现"),
    (P::Client, "客户端"),
    (P::Scope, "范围"),
    (P::Package, "包名 包路径"),
    (P::Privacy, "隐私 个人信息保护 信息保护 プライバシー 개인정보처리방침 处理방침 처리방침"),
    (P::Paper, "政策 协议 声明 条款 规则 规范 指引 权政策 ポリシー 방침 정책"),
    (P::Link, "链接 连接 网址 地址 路径 参考 リンク 링크"),
    (P::Official, "官网 官方网站 官方 网站 主页"),
    (
        P::Other,
        "序号 编号 备注 联系 联系人 电话 邮箱 措施 保密 安全 版本 国家 地区 注册地 更新 日期 频率 \
         频次 合规 退出 关闭 是否 公司地址 注册地址 联系地址 办公地址",
    ),
    (
        P::Filler,
        "敏感 个人 用户 您的 个人敏感 개인 合作 业务 所属 所在 内容 详情 详细 清单 列表 目录 \
         明细 项目 项 情况 如下 相关 可能 具体 主要 仅供 接入 集成 嵌入 引用 运营 适用 支持 \
         敏感个人 规范性 端 方 会 被 的 及 和 与 或 者 其 将 您 所 该 本 其他 必要 对应 \
         标识 中文 英文 の する される 및 하는",
    ),
    (P::Method, "方式 方法 合作方式 提供方式 服务方式 合作方法"),
    (P::Purpose, "目的 用途 目的と 利用目的 목적"),
    (P::Scene, "场景 时机 触发"),
    (P::Permission, "权限 권한 系统权限 系统权限申请"),
    (P::Retention, "期限 时长 时间 보유 기간 存储期限 保存期限 保存时间 存储时间 保留期限"),
    (P::Data, "信息 数据 字段 资料 情報 情报 항목 정보 데이터 개인정보"),
    (P::Function, "功能 作用 机能 기능"),
    (
        P::Provider,
        "公司 主体 机构 机构方 提供方 提供商 提供者 提供单位 提供元 服务商 供应商 供应方 服务方 \
         厂商 厂家 研发公司 研发方 研发商 研发单位 开发公司 开发主体 开发商 开发者 开发方 开发单位 运营方 运营商 运营者 运营主体 企业 单位 接收方 \
         归属方 归属 合作公司 处理者 来源 事业者 会社 제공자 회사 업체",
    ),
    (P::Platform, "平台 系统 操作系统 终端 android/ios"),
    (P::Kind, "类型 类别 种类 分类 종류"),
    (
        P::Sdk,
        "sdk 插件 组件 类库 代码库 开源库 软件开发工具包 软件工具开发包 开发工具包 工具包 工具 \
         框架 モジュール 情报收集モジュール 情報収集モジュール 라이브러리",
    ),
    (P::Product, "サービス 产品 服务 应用 软件 技术"),
    (P::Name, "名称 名字 全称 简称 名 이름 명칭"),
    (P::Party, "第三方 第三者 三方 合作方 合作伙伴 合作商 伙伴 제3자"),
    (
        P::Verb,
        "收集 采集 获取 共享 分享 提供 使用 处理 涉及 调用 申请 委托 披露 对外 收取 索取 需要 所需 \
         取得 送信 利用 수집 이용 제공",
    ),
];

/// Latin words.
const LATIN: &[(Part, &str)] = &[
    (P::Scope, "scope range"),
    (P::Client, "client clients"),
    (P::Package, "package packages packagename"),
    (P::Privacy, "privacy"),
    (P::Paper, "policy police policies agreement statement terms"),
    (P::Link, "link links url address"),
    (P::Official, "website official homepage site"),
    (P::Other, "no number remarks remark contact email version country region opt-out security"),
    (P::Method, "how method methods way mode"),
    (P::Purpose, "purpose purposes reason"),
    (P::Scene, "scene scenes scenario scenarios"),
    (P::Permission, "authority permission permissions"),
    (P::Retention, "retention period"),
    (P::Data, "information info data field fields"),
    (P::Function, "function functions functionality feature description"),
    (
        P::Provider,
        "company provider providers vendor developer operator manufacturer entity organization \
         organisation corporation recipient supplier owner",
    ),
    (P::Platform, "platform platforms os"),
    (P::Kind, "type types category categories kind"),
    (P::Sdk, "sdk sdks plugin library libraries component tool tools"),
    (P::Product, "service services product products network networks"),
    (
        P::Filler,
        "item items it they does do app analytical analytics advertising advertisement ad personal user sensitive business \
         cooperation cooperative collaboration list content details detail of the for to and \
         or by be may your we our its is s main android ios h5",
    ),
    (P::Name, "name names"),
    (P::What, "what"),
    (P::Party, "third third-party 3rd party parties partner partners"),
    (
        P::Verb,
        "obtain acquisition acquired fetch collected collect collects collecting collection shared share sharing use used usage using \
         processed processing obtained required requested involving involved accessed receive receives received sees \
         sent processes",
    ),
];

/// The words, ready to look up.
struct Words {
    /// By first character, the longest first.
    words: HashMap<char, Vec<(String, Part)>>,
    latin: HashMap<&'static str, Part>,
}

static TABLE: LazyLock<Words> = LazyLock::new(|| {
    let all = |list: &'static [(Part, &'static str)]| {
        list.iter().flat_map(|(p, w)| w.split_whitespace().map(|w| (w, *p)))
    };
    let mut words: HashMap<char, Vec<(String, Part)>> = HashMap::new();
    // Labels are folded before they are looked up, so the words are too.
    for (word, part) in all(WORDS).map(|(word, part)| (fold::key(word), part)) {
        if let Some(first) = word.chars().next() {
            words.entry(first).or_default().push((word, part));
        }
    }
    for list in words.values_mut() {
        list.sort_by_key(|(w, _)| std::cmp::Reverse(w.len()));
    }
    Words { words, latin: all(LATIN).collect() }
});

/// Longest label, in characters.
const MAX_CHARS: usize = 48;

/// What a header or label stands for; `None` if some of its words are not words of labels.
pub fn classify(text: &str) -> Option<Label> {
    // Long texts are no labels; do not fold them.
    if text.len() > MAX_CHARS * 4 {
        return None;
    }
    let folded = fold::fold(text);
    // `We use third-party SDKs:` is a sentence.
    if folded.as_str().starts_with("we ") {
        return None;
    }
    let (outside, inside) = brackets(folded.as_str());
    let trim = |t: &str| t.trim_matches(|c: char| !c.is_alphanumeric()).to_owned();
    let (outside, inside) = (trim(&outside), trim(&inside));
    let one = |t: &str| {
        if t.is_empty() || t.chars().count() > MAX_CHARS { None } else { decide(&parts(t)?) }
    };
    if let Some(both) = halves(&outside).and_then(|(a, b)| compound(one(a)?, one(b)?)) {
        return Some(both);
    }
    let label = one(&outside);
    // `服务类型（使用目的）`: the bracket tells better.
    if matches!(label, None | Some(Label::Kind | Label::Function | Label::Other))
        && let Some(better) = one(&inside)
    {
        return (label.is_some() || outside.is_empty()).then_some(better);
    }
    // `获取的权限/信息`: a column of data with permissions among them.
    if label == Some(Label::Permission)
        && let Some((first, second)) = outside.split_once(['/', '、', '和', '与', '及'])
        && [one(first.trim()), one(second.trim())].contains(&Some(Label::Data))
    {
        return Some(Label::Data);
    }
    // `产品/类型`: two labels in one; the first is the column.
    if matches!(label, Some(Label::Kind | Label::Function))
        && let Some((first, second)) = outside.split_once('/')
    {
        let first = one(first.trim());
        if one(second.trim()) == Some(Label::Kind) && first.is_some() {
            return first;
        }
    }
    label
}

/// The two sides of `所属公司及隐私政策链接`, `权限/信息`.
fn halves(text: &str) -> Option<(&str, &str)> {
    const AND: [&str; 8] = ["及其", "以及", "及", "和", "与", "/", "、", " and "];
    AND.iter().find_map(|and| text.split_once(and)).filter(|(a, b)| !a.is_empty() && !b.is_empty())
}

/// What a column of two labels is read as, where one reading gives both.
fn compound(first: Label, second: Label) -> Option<Label> {
    let link = |l: Label| matches!(l, Label::PrivacyLink | Label::Link | Label::OfficialLink);
    match (first, second) {
        // Addresses are found in a company's cell too.
        (Label::Provider, other) | (other, Label::Provider) if link(other) => Some(Label::Provider),
        (Label::Permission, Label::Data) | (Label::Data, Label::Permission) => Some(Label::Data),
        _ => None,
    }
}

/// The text outside brackets, and the text inside.
fn brackets(text: &str) -> (String, String) {
    let (mut outside, mut inside) = (String::new(), String::new());
    let mut depth = 0usize;
    for c in text.chars() {
        match c {
            '(' | '[' | '【' | '〔' => depth += 1,
            ')' | ']' | '】' | '〕' => depth = depth.saturating_sub(1),
            _ if depth == 0 => outside.push(c),
            _ => inside.push(c),
        }
    }
    (outside, inside)
}

/// The parts that make up all of a label; `None` if something is left over.
fn parts(label: &str) -> Option<Vec<Part>> {
    let table = &*TABLE;
    let mut out = Vec::new();
    let mut rest = label;
    while let Some(c) = rest.chars().next() {
        if c.is_ascii_alphabetic() {
            let length = rest.bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'-').count();
            let word = rest.get(..length).unwrap_or("");
            if let Some(part) = table.latin.get(word) {
                out.push(*part);
                rest = rest.get(length..).unwrap_or("");
                continue;
            }
            return None;
        }
        if !c.is_alphanumeric() {
            rest = rest.get(c.len_utf8()..).unwrap_or("");
            continue;
        }
        let (word, part) = table.words.get(&c)?.iter().find(|(w, _)| rest.starts_with(w.as_str()))?;
        out.push(*part);
        rest = rest.get(word.len()..).unwrap_or("");
    }
    Some(out)
}

fn decide(parts: &[Part]) -> Option<Label> {
    let has = |p: Part| parts.contains(&p);
    Some(if has(P::Package) {
        Label::Package
    } else if has(P::Privacy) && has(P::Description) && !has(P::Paper) {
        // `隐私说明`: an explanation beside the policy.
        Label::Link
    } else if has(P::Privacy) && (has(P::Paper) || has(P::Link) || !has(P::Data))
        || has(P::Paper) && (has(P::Link) || has(P::Party) || has(P::Sdk) || has(P::Product))
    {
        Label::PrivacyLink
    } else if has(P::Official) && !has(P::Provider) {
        Label::OfficialLink
    } else if has(P::Other) && !has(P::Purpose) && !has(P::Permission) {
        Label::Other
    } else if has(P::Link) {
        Label::Link
    } else if has(P::Method) {
        Label::Method
    } else if has(P::Purpose) {
        Label::Purpose
    } else if has(P::Scene) && !has(P::Function) {
        Label::Scene
    } else if has(P::Permission) && (has(P::Function) || has(P::Description)) {
        Label::Other
    } else if has(P::Permission) {
        Label::Permission
    } else if has(P::Retention) {
        Label::Retention
    } else if has(P::Data) && is_data(parts) || has(P::What) && has(P::Verb) {
        Label::Data
    } else if has(P::Function) && !has(P::Name) {
        Label::Function
    } else if has(P::Provider) {
        Label::Provider
    } else if has(P::Platform) && !has(P::Name) {
        Label::Platform
    } else if has(P::Kind) && has(P::Product) && !has(P::Party) {
        Label::Function
    } else if has(P::Kind) {
        Label::Kind
    } else if has(P::Sdk) || has(P::Product) {
        Label::Name
    } else if has(P::Function) {
        Label::Function
    } else if has(P::Party) {
        Label::ThirdParty
    } else if has(P::Name) {
        Label::Name
    } else if has(P::Description) || has(P::What) {
        Label::Function
    } else if has(P::Scope) {
        Label::Scene
    } else if has(P::Client) {
        Label::Platform
    } else {
        return None;
    })
}

/// Whether information is what is collected, not what an SDK or its company is (`公司信息`) or a data item
/// of its own (`应用信息`).
fn is_data(parts: &[Part]) -> bool {
    let has = |p: Part| parts.contains(&p);
    if has(P::Device) && !has(P::Verb) && !has(P::Kind) {
        return false;
    }
    let of_others = has(P::Provider) || has(P::Product) || has(P::Platform) || has(P::Sdk);
    !of_others || has(P::Verb) || has(P::Kind) || has(P::Party)
}

/// A label at the start of a text: what it stands for, and where its value begins.
pub fn leading(text: &str) -> Option<(Label, usize)> {
    let (colon, width) = colon(text, 0)?;
    let label = classify(text.get(..colon)?)?;
    Some((label, colon + width))
}

/// The first colon at or after `from` that is not part of an address or a time: place and length.
pub fn colon(text: &str, from: usize) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    let tail = text.get(from..)?;
    for (i, c) in tail.char_indices() {
        let at = from + i;
        match c {
            '：' | '﹕' | '︰' | '∶' => return Some((at, c.len_utf8())),
            ':' => {
                let next = bytes.get(at + 1).copied().unwrap_or(b' ');
                let digit =
                    next.is_ascii_digit() && at > 0 && bytes.get(at - 1).is_some_and(u8::is_ascii_digit);
                if next != b'/' && !digit {
                    return Some((at, 1));
                }
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_of_many_wordings() {
        for (text, label) in [
            ("SDK名称", Label::Name),
            ("第三方SDK名称", Label::Name),
            ("產品/服務", Label::Name),
            ("Advertising network", Label::Name),
            ("合作伙伴名称", Label::ThirdParty),
            ("第三方名称", Label::ThirdParty),
            ("SDK包名信息", Label::Package),
            ("获取的权限/信息", Label::Data),
            ("权限信息", Label::Permission),
            ("第三方机构名称", Label::Provider),
            ("SDK提供方", Label::Provider),
            ("Entity Name", Label::Provider),
            ("公司全称", Label::Provider),
            ("研发公司", Label::Provider),
            ("开发主体", Label::Provider),
            ("Owner", Label::Provider),
            ("使用目的", Label::Purpose),
            ("收集个人信息的目的", Label::Purpose),
            ("Purpose of Use", Label::Purpose),
            ("使用场景", Label::Scene),
            ("功能", Label::Function),
            ("收集个人信息类型", Label::Data),
            ("Involving personal information", Label::Data),
            ("共享个人信息字段（必选）", Label::Data),
            ("申请的系统权限", Label::Permission),
            ("Permissions Used", Label::Permission),
            ("Privacy Police Link", Label::PrivacyLink),
            ("隐私权政策链接", Label::PrivacyLink),
            ("官网链接", Label::OfficialLink),
            ("链接", Label::Link),
            ("共享方式", Label::Method),
            ("合作方类型", Label::Kind),
            ("联系方式", Label::Other),
            ("適用平臺", Label::Platform),
        ] {
            assert_eq!(classify(text), Some(label), "{text}");
        }
    }

    #[test]
    fn sentences_are_no_labels() {
        for text in [
            "",
            "友盟SDK",
            "为了保障您的账户安全",
            "高德地图",
            "Umeng",
            "请注意",
            "设备信息（IMEI、Android ID）、位置",
        ] {
            assert_eq!(classify(text), None, "{text}");
        }
    }

    #[test]
    fn splits_label_and_value() {
        assert_eq!(leading("使用目的：推送"), Some((Label::Purpose, "使用目的：".len())));
        assert_eq!(leading("https://a.cn"), None);
    }
}
