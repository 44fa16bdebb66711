//! Sentences that rules use: lists kept elsewhere, denials, SDKs without names, dates, promised times, product names,
//! data sent abroad. Each kind has one recogniser, zh and en, over folded sentences.

use crate::fold::fold;
use crate::location::Span;
use crate::policy::mention;
use crate::policy::page::Taken;
use crate::policy::placeholder;
use crate::policy::read::{Context, Found};
use crate::policy::words::Words;
use crate::policy::{Place, Statement, StatementKind, dates, value};
use crate::taxonomy;
use std::collections::HashSet;
use std::ops::Range;

/// Longest sentence looked at as one; a longer one is read up to here.
const MAX_SENTENCE: usize = 3000;

/// Reads the statements of a page. Takes no lines: a sentence may state something and name an SDK.
pub fn read(context: &Context<'_>, taken: &mut Taken, found: &mut Found) {
    let listed = found.declarations.iter().any(|d| d.place == Place::List);
    let titles = titles(context);
    let mut unnamed_seen: HashSet<String> = HashSet::new();
    for (index, line) in context.page.lines.iter().enumerate() {
        let text = line.str();
        let row = matches!(taken.by(index), Some(by) if by != "prose");
        for range in sentences(text) {
            let Some(sentence) = text.get(range.clone()) else { continue };
            let folded = fold(sentence);
            let mut add = |kind: StatementKind, part: Option<Range<usize>>, subject: Option<String>| {
                let part = part.map_or(range.clone(), |p| range.start + p.start..range.start + p.end);
                let span: Span = line.text.span_of(part);
                found.statements.push(Statement { document: context.document, span, kind, subject });
            };
            let says = folded.as_str();
            // Rows of a list speak of their own SDK, not of the policy.
            if !row {
                let inside = titled(says).is_some_and(|title| titles.contains(&title));
                if !inside && let Some(address) = list_elsewhere(says, sentence) {
                    let mut links = line.text.links().iter();
                    let link = links.find(|l| l.range.start < range.end && range.start < l.range.end);
                    let link = address.or_else(|| link.map(|l| l.href.clone()));
                    // `#sdk` leads to a place in the same document.
                    if !link.as_ref().is_some_and(|l| l.starts_with('#')) {
                        add(StatementKind::ListElsewhere, None, link);
                    }
                }
                if blanket_denial(says) {
                    add(StatementKind::BlanketDenial, None, None);
                }
                for item in denied(says) {
                    add(StatementKind::DataDenial, None, Some(item.to_owned()));
                }
                if let Some(role) = unnamed(says, sentence, listed)
                    && unnamed_seen.insert(says.to_owned())
                {
                    add(StatementKind::UnnamedSdks, None, role.map(str::to_owned));
                }
                if let Some(place) = cross_border(says) {
                    add(StatementKind::CrossBorder, None, Some(place.to_owned()));
                }
            }
            for date in dates::stated(says) {
                add(StatementKind::Date, None, Some(date));
            }
            if let Some(days) = dates::promised_days(says) {
                add(StatementKind::ResponseTime, None, Some(days.to_string()));
            }
            let title = line.is_heading() || index < 6;
            for (part, name) in products(sentence, title) {
                add(StatementKind::Product, Some(part), Some(name));
            }
        }
        if !row {
            let next = context.page.lines.get(index + 1);
            for part in placeholder::find(line, next) {
                let span = line.text.span_of(part);
                found.statements.push(Statement {
                    document: context.document,
                    span,
                    kind: StatementKind::Placeholder,
                    subject: None,
                });
            }
        }
    }
}

/// Short lines of a page that may be titles of lists, as folded keys without brackets.
fn titles(context: &Context<'_>) -> HashSet<String> {
    let short = context
        .page
        .lines
        .iter()
        .filter(|l| l.text.len() <= 120 && (l.is_heading() || l.strong || l.text.len() <= 90));
    short.map(|l| title_key(l.body().text())).filter(|t| t.chars().count() >= 4).collect()
}

fn title_key(text: &str) -> String {
    let mut key = fold(text).as_str().to_owned();
    key.retain(char::is_alphanumeric);
    match key
        .split_once("附")
        .map(|(_, rest)| rest.trim_start_matches(['录', '件', '一', '二', '三', '四', '1', '2', '3']))
    {
        Some(rest) if rest.chars().count() >= 4 && key.starts_with('附') => rest.to_owned(),
        _ => key,
    }
}

/// The title in a folded sentence's 《》, as a key of [`titles`].
fn titled(says: &str) -> Option<String> {
    let from = says.find('《')? + '《'.len_utf8();
    let rest = says.get(from..)?;
    Some(title_key(rest.get(..rest.find('》')?)?))
}

/// Sentences of a line: up to a full stop, in zh or en.
fn sentences(text: &str) -> Vec<Range<usize>> {
    let mut out = Vec::new();
    let mut start = 0;
    let mut push = |from: usize, to: usize| {
        let to = if to - from > MAX_SENTENCE { mention::back(text, from + MAX_SENTENCE, 0) } else { to };
        if text.get(from..to).is_some_and(|t| t.chars().any(char::is_alphanumeric)) {
            out.push(from..to);
        }
    };
    for (at, c) in text.char_indices() {
        let end = at + c.len_utf8();
        let stop = match c {
            '。' | '！' | '？' | '；' | '\n' => true,
            '.' | ';' | '!' | '?' => {
                text.get(end..).is_none_or(|t| t.is_empty() || t.starts_with(char::is_whitespace))
            }
            _ => false,
        };
        if stop {
            push(start, end);
            start = end;
        }
    }
    push(start, text.len());
    out
}

/// Whether a text holds one of the words, which `;` divides.
macro_rules! any {
    ($text:expr, $words:expr $(,)?) => {{
        static LIST: Words = Words::new($words);
        LIST.within($text)
    }};
}

/// A list that is named and stands elsewhere: its address where the sentence gives one.
fn list_elsewhere(says: &str, sentence: &str) -> Option<Option<String>> {
    static LISTS: Words = Words::new(
        "\
        sdk列表;sdk清单;sdk目录;sdk名单;sdk信息列表;sdk信息清单;sdk说明》;sdk说明];第三方共享清单;\
        第三方信息共享清单;第三方共享个人信息清单;与第三方共享;第三方合作目录;第三方合作清单;合作方清单;\
        合作方名单;合作伙伴清单;合作伙伴名单;合作伙伴列表;信息共享清单;共享信息清单;个人信息共享清单;\
        第三方服务清单;第三方服务列表;第三方清单;第三方列表;第三方目录;插件清单;接入方清单;应用权限清单;\
        应用权限列表;权限列表;权限清单;权限申请与使用情况说明;sdk list;sdk directory;list of sdks;\
        list of third-party;list of third party;third party sharing list;third-party sharing list;\
        third-party information sharing list;shares the information list;application permission list;\
        permission list;third party sdk directory;third-party sdk directory;third-party list;\
        list of partners;partner list",
    );
    if !LISTS.within(says) {
        return None;
    }
    // A list that follows is not elsewhere; neither is the sentence that says one is kept up to date.
    if any!(says, "如下;下表;以下;下列;上表;见下;本清单;本列表;as follows;below;following;above")
        && !any!(says, "点击;链接;http;click")
    {
        return None;
    }
    // Machine English loses its verbs: a list named with a capital is a title.
    let title = any!(sentence, "Sharing List;SDK List;SDK Directory;Permission List");
    let points = any!(
        says,
        "\
            点击;详见;请见;请查阅;查阅;查看;参见;参考;参阅;请访问;访问;了解;链接;具体请;http;see ;\
            refer;click;visit;view;check;listed in;list:;connected to;shares the information list;find ;\
            via;details;included in;updated;通过;进入",
    );
    if !(points || title && says.chars().count() > 50) || says.chars().count() < 8 {
        return None;
    }
    let conditional = any!(says, "与第三方共享") && !any!(says, "清单;列表;目录;名单");
    if conditional {
        return None;
    }
    Some(value::addresses(sentence).into_iter().next().map(|a| a.url))
}

static NOT_COLLECT: Words = Words::new(
    "\
    不收集;不会收集;不采集;不会采集;不获取;不会获取;不对用户个人信息进行收集;\
    不对您的个人信息进行收集;不涉及收集;不涉及个人信息;未收集;没有收集;不读取;不会读取;不上传;\
    不会上传;不会主动收集;不会搜集;不搜集;不会私自收集;不会擅自收集;无法获取;does not collect;\
    do not collect;will not collect;not collect;does not obtain;do not obtain;not be collected;\
    do not read;will not read",
);

/// "Other SDKs collect nothing", "apart from these nothing is collected by third parties".
fn blanket_denial(says: &str) -> bool {
    if !NOT_COLLECT.within(says) {
        return false;
    }
    let who = any!(says, "sdk;第三方服务;第三方代码;第三方插件;第三方产品;third-party;third party;plug-in");
    let all = any!(
        says,
        "\
            其他;其它;除上;除此;除以上;除前述;除本;所有;均不;全部;除列;任何;other ;except;apart from;\
            all ;none of;any ",
    );
    let condition = CONDITIONS.within(says);
    who && all && !condition && any!(says, "其他;其它;除;均;所有;全部;other ;except;apart from;all ;none of")
}

/// Words that make a denial hang on something.
static CONDITIONS: Words = Words::new(
    "\
    未经;除非;如您;如果;若您;若;同意前;授权前;拒绝;关闭;之前;前，;单独;无需;的情况下;取消;仅;只有;\
    当您不;停止;不再;without your;unless;if you;before you;once;until;turn off;refuse;no longer;only",
);

/// Data items a sentence says are not collected.
fn denied(says: &str) -> Vec<&'static str> {
    let mut out = Vec::new();
    if !NOT_COLLECT.within(says) || CONDITIONS.within(says) || any!(says, "应当;不得;第三方;合作伙伴;sdk")
    {
        return out;
    }
    let Some((at, word)) = NOT_COLLECT.iter().filter_map(|w| says.find(w).map(|i| (i, *w))).min() else {
        return out;
    };
    let rest = says.get(at + word.len()..).unwrap_or("");
    // What is denied ends with the clause; "but we collect …" follows it.
    let stop = ["，但", ",但", "但是", "而是", "，并", ", but", " but ", "。", "，我们", "，仅", "用于"]
        .iter()
        .filter_map(|w| rest.find(w))
        .min()
        .unwrap_or(rest.len());
    for mention in taxonomy::find(rest.get(..stop).unwrap_or("")) {
        let Some(item) = mention.item.item() else { continue };
        if !item.vague && !out.contains(&item.id.as_str()) {
            out.push(item.id.as_str());
        }
    }
    out
}

/// SDKs or partners spoken of without a name: the role they play, where the sentence says one.
fn unnamed(says: &str, sentence: &str, listed: bool) -> Option<Option<&'static str>> {
    let third = any!(
        says,
        "\
            第三方sdk;第三方软件工具开发包;第三方软件开发工具包;第三方软件开发包;第三方的sdk;三方sdk;\
            合作方sdk;厂商sdk;推送sdk;third-party sdk;third party sdk;third-party push sdk;\
            third-party software development kit;third-party for payment;合作伙伴的sdk",
    );
    let partners = any!(says, "advertising;analysis;analytics;push;广告;分析;推送")
        && any!(
            says,
            "\
            authorized partner;authorised partner;partners of advertising;third-party partner;\
            advertising optimization;广告合作伙伴;广告类合作伙伴;广告、分析服务类的授权合作伙伴;\
            广告合作方",
        );
    if !(third || partners) {
        return None;
    }
    let uses = any!(
        says,
        "\
            接入;集成;嵌入;使用;包含;引入;采用;通过;收集;获取;读取;提供;共享;integrat;embed;use;through;\
            collect;obtain;contain;access;share;include;provide",
    );
    if !uses {
        return None;
    }
    // Definitions, duties of theirs, pointers to the list.
    let other = any!(
        says,
        "\
            是指;指由;简称;如下;以下;下表;清单;目录;列表;我们会对;进行严格;安全检测;评估;审查;约定;\
            隐私政策;由其自行;如您发现;建议您;应当;不得;refers to;means ;also known as;as follows;following;list;directory;\
            supervis;agreement;evaluat",
    );
    if other || says.chars().count() < 10 {
        return None;
    }
    if !mention::find(sentence, false).is_empty() {
        return None;
    }
    let role = [
        ("推送", "push"),
        ("push", "push"),
        ("支付", "payment"),
        ("payment", "payment"),
        ("统计", "analytics"),
        ("statistic", "analytics"),
        ("广告", "ads"),
        ("advertis", "ads"),
        ("分析", "analytics"),
        ("analy", "analytics"),
        ("登录", "login"),
        ("地图", "map"),
        ("定位", "location"),
    ];
    let role = role.iter().find(|(w, _)| says.contains(w)).map(|(_, r)| *r);
    // Titles and heads of tables, and what only may be, say nothing yet; nor does a general notice above a list.
    let title = says.chars().count() < 20 || says.contains('|') || says.ends_with(':');
    let maybe = any!(says, "可能;任何;其他类似;may ;might ;any ;or other similar");
    (!title && (role.is_some() || !(listed || maybe))).then_some(role)
}

/// Where a sentence says that data go: `abroad` or `domestic`.
fn cross_border(says: &str) -> Option<&'static str> {
    if !any!(says, "信息;数据;information;data") {
        return None;
    }
    let abroad = any!(
        says,
        "\
            向境外;至境外;到境外;在境外;于境外;境外机构;境外的;境外接收;境外服务器;境外被;出境;跨境;\
            海外服务器;海外机构;向海外;至海外;在海外;outside china;outside of china;outside the people;outside the territory;\
            outside mainland;cross-border;overseas;other countries;outside your country;abroad;\
            to the united states;servers in",
    );
    let domestic =
        any!(
            says,
            "\
            存储在中国境内;存储于中国境内;存储在中华人民共和国境内;存储于中华人民共和国境内;在境内存储;\
            均存储在中;储存在中华人民共和国境内;保存在中华人民共和国境内;储存于中华人民共和国境内;\
            stored in china;stored within the territory;stored in the territory;stored in the people;\
            stored within the people;stored in mainland",
        ) || (any!(says, "境内") && any!(says, "存储;储存;保存") && any!(says, "中国;中华人民共和国;大陆"));
    if !abroad && !domestic {
        return None;
    }
    let moves = any!(says, "传输;提供;转移;存储;储存;共享;处理;transfer;transmit;stor;process;provid;shar");
    let denied = any!(
        says,
        "\
            不会;不存在;不涉及;不向;未向;没有向;暂不;并无;not transfer;not be transfer;not provide;\
            do not involve;does not involve;no cross-border;will not",
    );
    let conditional = any!(
        says,
        "如需;如果;确需;若;如涉及;如有;如未来;如将来;如后续;例如;请求您;if ;in the event;where necessary",
    );
    match (abroad && moves, domestic) {
        (_, true) => Some("domestic"),
        (true, _) if denied => Some("domestic"),
        (true, _) if !conditional => Some("abroad"),
        _ => None,
    }
}

/// Names of the app or product a sentence gives the document to, with where they stand.
fn products(sentence: &str, title: bool) -> Vec<(Range<usize>, String)> {
    let mut out = Vec::new();
    if !any!(sentence, "隐私;Privacy Policy;PRIVACY POLICY;欢迎;感谢您使用;Welcome to ") {
        return out;
    }
    // 《X隐私政策》, X隐私政策 as a title.
    for paper in
        ["隐私政策", "隐私权政策", "隐私协议", "隐私声明", "隐私保护政策", "Privacy Policy", "PRIVACY POLICY"]
    {
        for (at, _) in sentence.match_indices(paper).take(8) {
            let from = mention::back(sentence, at, 60);
            let head = sentence.get(from..at).unwrap_or("");
            let open = head
                .rfind(['《', '“', '"', '「', '【'])
                .map(|i| i + head.get(i..).and_then(|t| t.chars().next()).map_or(1, char::len_utf8));
            let whole = from == 0 && sentence.trim_end().ends_with(paper);
            // Elsewhere a paper's name is another's paper, unless it is called "this policy".
            let tail: String = sentence.get(at..).unwrap_or("").chars().take(24).collect();
            let own = title || head.contains('本') || tail.contains("以下简称") || tail.contains("下称");
            if let Some(open) = open.or(whole.then_some(0)).filter(|_| own) {
                push_product(sentence, from + open..at, &mut out);
            }
        }
    }
    for greeting in ["欢迎您使用", "欢迎使用", "感谢您使用", "Welcome to "] {
        for (at, _) in sentence.match_indices(greeting).take(4) {
            let from = at + greeting.len();
            let rest = sentence.get(from..).unwrap_or("");
            let marks = ['，', '。', '！', '（', '(', ',', '!', '.', '的', ' ', '”', '"', '》', '、', '；'];
            let end = rest.find(marks).unwrap_or(rest.len());
            push_product(sentence, from..from + end, &mut out);
        }
    }
    out
}

/// Adds a product name, without ceremony around it, unless it is none.
fn push_product(sentence: &str, range: Range<usize>, out: &mut Vec<(Range<usize>, String)>) {
    let text = sentence.get(range.clone()).unwrap_or("");
    let mut name =
        text.trim_matches(['“', '”', '"', '《', '》', ' ', '【', '】', '「', '」', '：', ':', '-', '—']);
    for tail in [
        "为您提供",
        "提供",
        "App",
        "APP",
        "app",
        "客户端",
        "软件",
        "平台",
        "用户",
        "产品",
        "服务",
        "应用",
        "手机",
        "SDK",
        "sdk",
        "第三方",
        "开发者",
        "儿童",
        "个人",
        "的",
    ] {
        name = name.strip_suffix(tail).unwrap_or(name).trim_end();
    }
    let count = name.chars().count();
    let generic = [
        "本",
        "我们",
        "该",
        "此",
        "其",
        "隐私",
        "使用",
        "产品",
        "服务",
        "软件",
        "应用",
        "平台",
        "公司",
        "您",
        "用户",
        "本软件",
        "本应用",
        "this",
        "our",
        "the",
        "我司",
    ];
    let none = generic.iter().any(|g| name.eq_ignore_ascii_case(g))
        || [
            "及",
            "儿童",
            "条款",
            "协议",
            "设置",
            "权限",
            "用户",
            "】",
            "清单",
            "个人信息",
            "第",
            "附",
            "》",
            "”",
            ":",
        ]
        .iter()
        .any(|w| name.contains(w))
        || name.starts_with(['本', '我', '该', '此'])
        || name.contains(['，', '。', '、', '；', '：'])
        || name.to_ascii_lowercase().starts_with("our ")
        || name.to_ascii_lowercase().starts_with("this ")
        || name.to_ascii_lowercase().starts_with("the ")
        || name.to_ascii_lowercase().ends_with("sdk");
    if (2..=24).contains(&count) && !none {
        let lead = text.find(name).unwrap_or(0);
        let range = range.start + lead..range.start + lead + name.len();
        if !out.iter().any(|(r, _)| *r == range) {
            out.push((range, name.to_owned()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::testing::read_lines;
    use proptest::prelude::*;

    fn statements(lines: &[&str]) -> Vec<(StatementKind, Option<String>)> {
        let found = read_lines(lines, read);
        found.statements.into_iter().map(|s| (s.kind, s.subject)).collect()
    }

    #[test]
    fn each_kind_is_recognised_in_both_languages() {
        use StatementKind::*;
        for (text, kind, subject) in [
            ("您可以点击查看《第三方SDK目录》。", ListElsewhere, None),
            (
                "完整名单见 https://a.example/sdk ，请查阅SDK列表。",
                ListElsewhere,
                Some("https://a.example/sdk"),
            ),
            ("For details see our Third Party Sharing List.", ListElsewhere, None),
            ("除上表所示外，产品接入的其他第三方服务不对用户个人信息进行收集和处理。", BlanketDenial, None),
            ("Other third-party SDKs do not collect personal information.", BlanketDenial, None),
            ("我们不会收集您的通讯录和短信。", DataDenial, Some("contacts")),
            ("We do not collect your fingerprint information.", DataDenial, Some("fingerprint")),
            ("消息推送通过第三方SDK实现，其会收集您的信息。", UnnamedSdks, Some("push")),
            (
                "The push is implemented through a third-party SDK, which collects your information.",
                UnnamedSdks,
                Some("push"),
            ),
            ("我们在境内收集的个人信息存储在中华人民共和国境内。", CrossBorder, Some("domestic")),
            ("Your data will be transferred to servers overseas.", CrossBorder, Some("abroad")),
            ("更新日期：2023年1月5日", Date, Some("2023-01-05")),
            ("Last updated: March 4, 2022", Date, Some("2022-03-04")),
            ("我们将在15个工作日内答复您的请求。", ResponseTime, Some("15")),
            ("We will reply within thirty days.", ResponseTime, Some("30")),
            ("欢迎使用云朵笔记，请阅读本政策。", Product, Some("云朵笔记")),
            ("《星河相机隐私政策》", Product, Some("星河相机")),
            ("联系邮箱：xxx@xxx.com", Placeholder, None),
            ("请发送邮件至【】。", Placeholder, None),
        ] {
            let found = statements(&[text]);
            assert!(
                found.iter().any(|(k, s)| *k == kind && (subject.is_none() || s.as_deref() == subject)),
                "{text}: {found:?}"
            );
        }
    }

    #[test]
    fn what_hangs_on_a_condition_or_stands_here_is_no_statement() {
        use StatementKind::*;
        for (text, kind) in [
            ("未经您同意，我们不会收集您的通讯录。", DataDenial),
            ("第三方SDK列表如下：", ListElsewhere),
            ("SDK是指第三方软件开发工具包，由其他公司提供。", UnnamedSdks),
            ("我们使用了云图SDK，该第三方SDK会收集位置。", UnnamedSdks),
            ("如确需向境外传输个人信息，我们会另行征得同意。", CrossBorder),
            ("会议于2023年1月5日举行。", Date),
        ] {
            assert!(statements(&[text]).iter().all(|(k, _)| *k != kind), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "\\PC{0,120}|[a-zA-Z0-9 .;，。《》【】年月日不收集第三方SDK内工作]{0,120}") {
            let _ = statements(&[&text]);
        }
    }
}
