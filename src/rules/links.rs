//! Links of SDK rows: whose they are, and whether they can lead to a privacy policy. No link is opened.

use super::completeness::sound_rows;
use super::context::{registered_name, row_key, sdk_name, shorten};
use super::mention::names;
use super::{Draft, Group, Levels, Rule};
use crate::evidence::{Confidence, Evidence};
use crate::finding::Severity;
use crate::fold;
use crate::lang::Lang;
use crate::policy::{Declaration, Link, LinkKind};
use crate::signature::{Database, Kind, Sdk};
use std::collections::HashMap;

/// A row's link is known to be another SDK's.
pub static LINK_OF_ANOTHER_SDK: Rule = Rule {
    id: "link-of-another-sdk",
    group: Group::Correctness,
    levels: Levels::all(Severity::Medium).play(Severity::Low).west(Severity::Low),
    since: "0.1.0",
    clauses: &["pipl-17", "cac-2025-05-06-fields", "agc-fields"],
    page: include_str!("../../docs/rules/link-of-another-sdk.md"),
    check: |cx, out| {
        let owners = cx.link_owners();
        let mut above: Option<(&Declaration, Option<&Sdk>)> = None;
        for (_, row, sdk) in sound_rows(cx) {
            // Which of a bundle's links is whose, no reader can tell.
            let mut links = row.links.iter().filter(|l| is_policy_link(l) && row.group.is_none());
            let wrong = links.find_map(|link| {
                let of = owners.of(Address::read(&link.url.text)?);
                let stranger = of.first().copied()?;
                let own = sdk?;
                // A row that names the owner too (`A SDK (with B and C)`) may well give A's link.
                let named = of.iter().any(|o| calls(&row.name.text, o));
                (!named && of.iter().all(|o| !related(o, own))).then_some((link, stranger))
            });
            if let (Some((link, owner)), Some(own)) = (wrong, sdk) {
                let shifted = above.is_some_and(|(_, s)| s.is_some_and(|s| related(s, owner)));
                let (more_zh, more_en) = if shifted {
                    (
                        "它是上一行 SDK 的链接，整列可能错开一行。",
                        " It is the link of the SDK one row above; the column may be shifted by one row.",
                    )
                } else {
                    ("", "")
                };
                let url = shorten(&link.url.text);
                out.report(
                    Draft::new(
                        "sdk",
                        own.id.as_str(),
                        format!(
                            "{} 这一行的链接 {url} 是 {} 的链接。{more_zh}",
                            sdk_name(own, Lang::Zh),
                            sdk_name(owner, Lang::Zh)
                        ),
                        format!(
                            "The link of the row {}, {url}, is the link of {}.{more_en}",
                            sdk_name(own, Lang::En),
                            sdk_name(owner, Lang::En)
                        ),
                    )
                    .sure(if shifted { Confidence::High } else { Confidence::Medium })
                    .of_template(cx.template_error(row, "link", &link.url.text))
                    .with(cx.quote_field(row.document, &link.url))
                    .with(cx.quote_row(row)),
                );
            }
            above = Some((row, sdk));
        }
    },
};

/// A row's link leads to a host that is none of the SDK's known ones, nor any other SDK's.
pub static UNFAMILIAR_LINK_HOST: Rule = Rule {
    id: "unfamiliar-link-host",
    group: Group::Correctness,
    levels: Levels::chinese(Severity::Info),
    since: "0.1.0",
    clauses: &["pipl-17"],
    page: include_str!("../../docs/rules/unfamiliar-link-host.md"),
    check: |cx, out| {
        let owners = cx.link_owners();
        for (_, row, sdk) in sound_rows(cx) {
            let Some(sdk) = sdk.filter(|s| !s.domains.is_empty()) else { continue };
            for link in row.links.iter().filter(|l| is_policy_link(l)) {
                let Some(address) = Address::read(&link.url.text) else { continue };
                // The vendor's own name under another suffix (`inmobi.cn` beside `inmobi.com`) is no stranger.
                let same = sdk
                    .domains
                    .iter()
                    .any(|d| registered_name(d).is_some_and(|n| registered_name(address.host) == Some(n)));
                if same || !owners.of(address).is_empty() || is_shared_host(address.host) {
                    continue;
                }
                let known: Vec<String> = sdk.domains.iter().map(ToString::to_string).collect();
                out.report(
                    Draft::new(
                        "sdk",
                        sdk.id.as_str(),
                        format!("{} 这一行的链接主机 {} 不在其已知主机（{}）之中；未打开链接，请核对。", sdk_name(sdk, Lang::Zh), address.host, known.join("、")),
                        format!("The host of the link of {}, {}, is none of its known hosts ({}); the link was not opened, please check.", sdk_name(sdk, Lang::En), address.host, known.join(", ")),
                    )
                    .sure(Confidence::Low)
                    .with(cx.quote_field(row.document, &link.url))
                    .with(Evidence::Absent { searched: vec![address.host.to_owned()], tried: known }),
                );
            }
        }
    },
};

/// Two SDKs of different vendors share one link.
pub static SHARED_LINK: Rule = Rule {
    id: "shared-link",
    group: Group::Correctness,
    levels: Levels::all(Severity::Low),
    since: "0.1.0",
    clauses: &["pipl-17", "agc-fields"],
    page: include_str!("../../docs/rules/shared-link.md"),
    check: |cx, out| {
        let owners = cx.link_owners();
        let mut first: HashMap<&str, (&Declaration, &Sdk)> = HashMap::new();
        for (_, row, sdk) in sound_rows(cx) {
            let (Some(sdk), Some(link)) = (sdk, row.links.iter().find(|l| is_policy_link(l))) else {
                continue;
            };
            let Some((other_row, other)) = first.get(link.url.text.as_str()).copied() else {
                first.insert(&link.url.text, (row, sdk));
                continue;
            };
            // A link that is known to be one of theirs is another rule's matter.
            let owned = Address::read(&link.url.text).is_some_and(|a| !owners.of(a).is_empty());
            if related(other, sdk) || owned {
                continue;
            }
            let url = shorten(&link.url.text);
            out.report(
                Draft::new(
                    "sdk",
                    sdk.id.as_str(),
                    format!(
                        "{} 与 {} 两行用的是同一个链接 {url}。",
                        sdk_name(other, Lang::Zh),
                        sdk_name(sdk, Lang::Zh)
                    ),
                    format!(
                        "The rows {} and {} share one link, {url}.",
                        sdk_name(other, Lang::En),
                        sdk_name(sdk, Lang::En)
                    ),
                )
                .of_template(cx.template_error(row, "link", &link.url.text))
                .with(cx.quote_field(row.document, &link.url))
                .with(cx.quote_row(other_row)),
            );
        }
    },
};

/// A row's link leads to a home page, a repository, documentation or a contract.
pub static LINK_NOT_A_POLICY: Rule = Rule {
    id: "link-not-a-policy",
    group: Group::Correctness,
    levels: Levels::all(Severity::Low).play(Severity::Info).west(Severity::Info),
    since: "0.1.0",
    clauses: &["gbt43435-6-1-b", "miit-2023-26", "agc-fields"],
    page: include_str!("../../docs/rules/link-not-a-policy.md"),
    check: |cx, out| {
        for (_, row, sdk) in sound_rows(cx) {
            if row.links.iter().any(|l| Address::read(&l.url.text).is_some_and(|a| a.class().is_none())) {
                continue;
            }
            let classified = row
                .links
                .iter()
                .filter(|l| is_policy_link(l))
                .find_map(|l| Some((l, Address::read(&l.url.text)?.class()?)));
            let Some((link, class)) = classified else { continue };
            let url = shorten(&link.url.text);
            let (zh, en) = class.words();
            // An open-source project has no policy of its own; its repository is all there is to link.
            let project = sdk.is_some_and(|s| matches!(s.kind, Kind::Library | Kind::Framework));
            out.report(
                Draft::new(
                    "row",
                    row_key(row, sdk),
                    format!("“{}”这一行的链接 {url} 看起来是{zh}，不是隐私政策（未打开）。", shorten(&row.name.text)),
                    format!("The link of the row “{}”, {url}, looks like {en}, not like a privacy policy (it was not opened).", shorten(&row.name.text)),
                )
                .sure(Confidence::Medium)
                .at_most(if project { Severity::Info } else { Severity::Low })
                .with(cx.quote_field(row.document, &link.url))
                .with(cx.quote_row(row)),
            );
        }
    },
};

/// A row's link is the policy of the provider's own app or site.
pub static LINK_TO_CONSUMER_POLICY: Rule = Rule {
    id: "link-to-consumer-policy",
    group: Group::Correctness,
    levels: Levels::all(Severity::Info),
    since: "0.1.0",
    clauses: &["gbt43435-6-1-b", "agc-fields"],
    page: include_str!("../../docs/rules/link-to-consumer-policy.md"),
    check: |cx, out| {
        for (_, row, sdk) in sound_rows(cx) {
            for link in row.links.iter().filter(|l| is_policy_link(l)) {
                let Some((zh, en)) = consumer_policy(&link.url.text) else { continue };
                let url = shorten(&link.url.text);
                out.report(
                    Draft::new(
                        "row",
                        row_key(row, sdk),
                        format!(
                            "“{}”这一行的链接 {url} 是{zh}，不是该 SDK 的政策。",
                            shorten(&row.name.text)
                        ),
                        format!(
                            "The link of the row “{}”, {url}, is {en}, not the policy of the SDK.",
                            shorten(&row.name.text)
                        ),
                    )
                    .with(cx.quote_field(row.document, &link.url))
                    .with(cx.quote_row(row)),
                );
            }
        }
    },
};

/// A row's link is plain http.
pub static PLAIN_HTTP_LINK: Rule = Rule {
    id: "plain-http-link",
    group: Group::Correctness,
    levels: Levels::all(Severity::Info),
    since: "0.1.0",
    clauses: &[],
    page: include_str!("../../docs/rules/plain-http-link.md"),
    check: |cx, out| {
        let plain: Vec<(&Declaration, &Link)> = sound_rows(cx)
            .flat_map(|(_, d, _)| d.links.iter().map(move |l| (d, l)))
            .filter(|(_, l)| l.url.text.starts_with("http://"))
            .collect();
        if plain.is_empty() {
            return;
        }
        out.report(
            Draft::new(
                "document",
                "plain-http",
                format!("SDK 清单中有 {} 个链接使用未加密的 http。", plain.len()),
                format!("{} links of the SDK list use plain http.", plain.len()),
            )
            .with_all(plain.iter().map(|(d, l)| cx.quote_field(d.document, &l.url))),
        );
    },
};

/// Whether an address is the policy of a consumer app or company site rather than of an SDK.
pub fn is_consumer_policy(url: &str) -> bool {
    consumer_policy(url).is_some()
}

/// What an address that is the policy of a consumer app or company site leads to.
fn consumer_policy(url: &str) -> Option<(&'static str, &'static str)> {
    let address = Address::read(url)?;
    let found = CONSUMER_POLICIES.iter().find(|(host, path, _, _)| {
        address.is_under(host)
            && (address.rest.starts_with(path) && !(path.len() == 1 && address.rest.len() > 1)
                || (path.len() == 1 && address.rest.is_empty()))
    });
    found.map(|(_, _, zh, en)| (*zh, *en))
}

/// Policies of consumer apps and company sites: host, start of the path, what it is.
const CONSUMER_POLICIES: &[(&str, &str, &str, &str)] = &[
    ("weixin.qq.com", "/cgi-bin/readtemplate", "微信用户的隐私政策", "the policy for users of WeChat"),
    ("www.wechat.com", "/", "微信用户的隐私政策", "the policy for users of WeChat"),
    ("wechat.com", "/zh_cn/privacy", "微信用户的隐私政策", "the policy for users of WeChat"),
    ("wechat.com", "/en/privacy", "微信用户的隐私政策", "the policy for users of WeChat"),
    ("privacy.qq.com", "/", "腾讯公司的隐私政策", "the policy of the company Tencent"),
    ("www.tencent.com", "/", "腾讯公司网站", "the site of the company Tencent"),
    ("ti.qq.com", "/agreement", "QQ 用户的协议", "an agreement for users of QQ"),
    ("weibo.com", "/signup", "微博用户的隐私政策", "the policy for users of Weibo"),
    ("facebook.com", "/policy.php", "Facebook 用户的隐私政策", "the policy for users of Facebook"),
    ("facebook.com", "/about/privacy", "Facebook 用户的隐私政策", "the policy for users of Facebook"),
    ("facebook.com", "/privacy/", "Facebook 用户的隐私政策", "the policy for users of Facebook"),
    (
        "huawei.com",
        "/cn/privacy-policy",
        "华为公司网站的隐私政策",
        "the policy of the company site of Huawei",
    ),
    ("www.mi.com", "/about/privacy", "小米公司网站的隐私政策", "the policy of the company site of Xiaomi"),
    ("privacy.mi.com", "/all", "小米产品的隐私政策", "the policy of Xiaomi's products"),
    ("www.meizu.com", "/legal.html", "魅族公司网站的隐私政策", "the policy of the company site of Meizu"),
    ("policies.google.com", "/privacy", "Google 用户的隐私政策", "the policy for users of Google"),
    ("www.google.com", "/policies/privacy", "Google 用户的隐私政策", "the policy for users of Google"),
    ("twitter.com", "/privacy", "Twitter 用户的隐私政策", "the policy for users of Twitter"),
    ("www.apple.com", "/legal/privacy", "Apple 用户的隐私政策", "the policy for users of Apple"),
    ("render.alipay.com", "/p/c/k2cx0tg8", "支付宝用户的隐私政策", "the policy for users of Alipay"),
];

/// Hosts where many owners keep their pages.
const SHARED_HOSTS: &[&str] = &[
    "developer.android.com",
    "github.com",
    "github.io",
    "gitee.com",
    "gitee.io",
    "gitlab.com",
    "bitbucket.org",
    "mvnrepository.com",
    "npmjs.com",
    "yuque.com",
    "feishu.cn",
    "larksuite.com",
    "shimo.im",
    "kdocs.cn",
    "docs.qq.com",
    "docs.google.com",
    "sites.google.com",
    "notion.site",
    "aliyuncs.com",
    "myqcloud.com",
    "qiniucdn.com",
    "amazonaws.com",
    "jianshu.com",
    "juejin.cn",
    "csdn.net",
    "zhihu.com",
    "baike.baidu.com",
    "w3.org",
];

fn is_shared_host(host: &str) -> bool {
    SHARED_HOSTS.iter().any(|s| is_host_under(host, s))
}

fn is_host_under(host: &str, domain: &str) -> bool {
    host == domain || host.strip_suffix(domain).is_some_and(|h| h.ends_with('.'))
}

/// A link the policy calls a privacy link, or calls nothing.
fn is_policy_link(link: &Link) -> bool {
    link.kind != LinkKind::Official
}

/// Whether a text holds a name of `sdk`.
fn calls(text: &str, sdk: &Sdk) -> bool {
    let text = fold::loose_key(text);
    let long = |n: &str| n.chars().count() >= if n.is_ascii() { 4 } else { 2 };
    names(sdk).iter().map(|n| fold::loose_key(n)).any(|n| long(&n) && text.contains(&n))
}

/// Whether two SDKs share a brand or an owner.
fn related(a: &Sdk, b: &Sdk) -> bool {
    let family = a.family.is_some() && a.family == b.family;
    let vendor = a.vendors.iter().any(|v| b.vendors.contains(v));
    let carried = a.carries.contains(&b.id) || b.carries.contains(&a.id);
    let domain = a.domains.iter().any(|d| b.domains.contains(d));
    let owner = house(a);
    a.id == b.id
        || family
        || vendor
        || carried
        || domain
        || (owner.is_some() && owner == house(b))
        || a.family.as_ref() == Some(&b.id)
        || b.family.as_ref() == Some(&a.id)
}

/// Companies whose brands keep their policies on each other's hosts: words of ids, families and vendors.
const HOUSES: &[&[&str]] = &[
    &[
        "alibaba",
        "aliyun",
        "taobao",
        "alipay",
        "amap",
        "umeng",
        "dingtalk",
        "ucweb",
        "动景",
        "阿里",
        "淘宝",
        "支付宝",
        "蚂蚁",
        "高德",
        "友盟",
        "优视",
    ],
    &["tencent", "wechat", "腾讯", "财付通"],
    &["baidu", "百度"],
    &["google", "firebase", "admob", "chromium"],
    &["bytedance", "pangle", "字节", "巨量", "抖音", "今日头条", "穿山甲"],
    &["facebook", "meta platforms"],
    &["huawei", "华为"],
    &["xiaomi", "小米"],
    &["netease", "网易"],
    &["getui", "个推", "每日互动"],
    &["jiguang", "极光", "和讯华谷"],
    &["kuaishou", "快手"],
    &["360", "qihoo", "奇虎"],
];

/// Number of the house an SDK belongs to.
fn house(sdk: &Sdk) -> Option<usize> {
    let family = sdk.family.as_ref().map_or("", |f| f.as_str());
    let words = |text: &str| {
        let text = text.to_lowercase();
        HOUSES.iter().position(|h| h.iter().any(|w| text.contains(w)))
    };
    words(sdk.id.as_str()).or_else(|| words(family)).or_else(|| sdk.vendors.iter().find_map(|v| words(v)))
}

/// SDKs by the hosts that are theirs, and projects by their names.
#[derive(Debug)]
pub struct Owners<'a> {
    by_domain: HashMap<&'a str, Vec<&'a Sdk>>,
    by_project: HashMap<String, Vec<&'a Sdk>>,
}

impl<'a> Owners<'a> {
    /// Those of `database`.
    pub fn new(database: &'a Database) -> Owners<'a> {
        let mut by_domain: HashMap<&str, Vec<&Sdk>> = HashMap::new();
        let mut by_project: HashMap<String, Vec<&Sdk>> = HashMap::new();
        for sdk in database.sdks() {
            for domain in sdk.domains.iter().filter(|d| !is_shared_host(d)) {
                by_domain.entry(domain.as_ref()).or_default().push(sdk);
            }
            if matches!(sdk.kind, Kind::Library | Kind::Framework) {
                by_project.entry(fold::loose_key(&sdk.name_en)).or_default().push(sdk);
            }
        }
        Owners { by_domain, by_project }
    }

    /// SDKs whose address this is: by the longest known host, or on hosts of many by the project's name.
    fn of(&self, address: Address<'_>) -> &[&'a Sdk] {
        let mut host = address.host;
        if is_shared_host(host) {
            let steps = address.rest.split(['/', '?', '#']).filter(|s| !s.is_empty()).take(2);
            let projects = steps.filter_map(|s| self.by_project.get(&fold::loose_key(s)));
            return projects.last().map_or(&[], Vec::as_slice);
        }
        loop {
            if let Some(found) = self.by_domain.get(host) {
                return found;
            }
            match host.split_once('.') {
                Some((_, rest)) if rest.contains('.') => host = rest,
                _ => return &[],
            }
        }
    }
}

/// Host and the rest of a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Address<'a> {
    host: &'a str,
    rest: &'a str,
}

/// What a link that is no policy looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    HomePage,
    Repository,
    Documentation,
    Contract,
}

impl Class {
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Class::HomePage => ("首页", "a home page"),
            Class::Repository => ("源代码仓库", "a source repository"),
            Class::Documentation => ("开发文档", "developer documentation"),
            Class::Contract => ("服务合同", "a service contract"),
        }
    }
}

impl<'a> Address<'a> {
    fn read(url: &'a str) -> Option<Address<'a>> {
        let bare = url
            .trim()
            .strip_prefix("https://")
            .or_else(|| url.trim().strip_prefix("http://"))
            .unwrap_or(url.trim());
        let cut = bare.find(['/', '?', '#']).unwrap_or(bare.len());
        let (host, rest) = (bare.get(..cut)?, bare.get(cut..)?);
        let host = host.split(':').next().unwrap_or(host);
        (host.contains('.') && host.is_ascii() && !host.contains(' ')).then_some(Address { host, rest })
    }

    fn is_under(&self, domain: &str) -> bool {
        is_host_under(self.host, domain)
    }

    /// `None` where the address can well be a policy.
    fn class(&self) -> Option<Class> {
        let all = format!("{}{}", self.host, self.rest).to_ascii_lowercase();
        let policy = [
            "privacy",
            "polic",
            "yinsi",
            "ysxy",
            "yszc",
            "agreement",
            "protocol",
            "xieyi",
            "legal",
            "compliance",
            "secret",
            "hegui",
            "statement",
            "gdpr",
            "%e9%9a%90",
            "隐私",
        ];
        if policy.iter().any(|w| all.contains(w)) {
            return None;
        }
        if all.contains("contract") {
            return Some(Class::Contract);
        }
        let repositories = [
            "github.com",
            "github.io",
            "gitee.com",
            "gitlab.com",
            "bitbucket.org",
            "mvnrepository.com",
            "npmjs.com",
        ];
        if repositories.iter().any(|r| self.is_under(r)) {
            return Some(Class::Repository);
        }
        let path =
            self.rest.split(['?', '#']).next().unwrap_or("").trim_end_matches('/').to_ascii_lowercase();
        let has_query = self.rest.contains(['?', '#']);
        let home = [
            "",
            "/zh",
            "/en",
            "/cn",
            "/zh-cn",
            "/zh_cn",
            "/index.html",
            "/index.htm",
            "/index",
            "/home",
            "/index.php",
        ];
        if home.contains(&path.as_str()) && !has_query {
            return Some(if self.host.starts_with("doc.") || self.host.starts_with("docs.") {
                Class::Documentation
            } else {
                Class::HomePage
            });
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_classed_by_their_address() {
        let class = |url| Address::read(url).map(|a| a.class());
        for (url, expected) in [
            ("http://doc.weex.io/zh", Some(Class::Documentation)),
            ("https://www.fresco-cn.org/", Some(Class::HomePage)),
            ("https://github.com/alibaba/fastjson", Some(Class::Repository)),
            ("http://bugly.qq.com/v2/contract", Some(Class::Contract)),
            ("https://docs.getui.com/privacy", None),
            ("https://privacy.qq.com", None),
            ("http://www.msa-alliance.cn/col.jsp?id=105", None),
        ] {
            assert_eq!(class(url), Some(expected), "{url}");
        }
        assert_eq!(class("见官网"), None);
    }

    #[test]
    fn hosts_end_on_labels() {
        assert!(is_host_under("docs.getui.com", "getui.com"));
        assert!(!is_host_under("notgetui.com", "getui.com"));
    }
}
