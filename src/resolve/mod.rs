//! Declarations -> identities -> who declares what: names, packages and links resolved to SDK ids.

mod coverage;
mod hints;
mod identify;
mod index;
mod pinyin;
mod spelling;
mod table;

pub use coverage::{Coverage, Declared, Found, Prefix, cover};

use crate::evidence::Confidence;
use crate::policy::{Declaration, Policy};
use crate::signature::{Database, SdkId};
use index::Index;
use serde::Serialize;

/// Which SDK a declaration means, and how we know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Identity {
    /// The SDK meant; `None` when unknown or ambiguous.
    pub sdk: Option<SdkId>,
    /// All candidates when ambiguous, best first; the SDK alone otherwise.
    pub candidates: Vec<SdkId>,
    /// What decided.
    pub by: Option<By>,
    /// How sure.
    pub confidence: Confidence,
}

/// What decided an identity, strongest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum By {
    /// A declared package under a known prefix.
    Package,
    /// The exact name.
    Name,
    /// An alias, in zh, en, pinyin or machine translation.
    Alias,
    /// A name in brackets.
    Bracket,
    /// A brand's name, and a purpose that only one of its products has.
    Purpose,
    /// The host of a link.
    Link,
    /// The provider together with the purpose.
    Vendor,
    /// A similar spelling, or the same sound.
    Fuzzy,
}

/// Resolves declarations against one database. Its lookups come ready made with the embedded database and are built
/// once for another.
pub struct Resolver<'a> {
    database: &'a Database,
    index: Index<'a>,
}

impl<'a> Resolver<'a> {
    /// Builds the lookups.
    pub fn new(database: &'a Database) -> Resolver<'a> {
        Resolver { database, index: Index::new(database) }
    }

    /// The database it resolves against.
    pub fn database(&self) -> &'a Database {
        self.database
    }

    /// The identity of one declaration.
    pub fn identify(&self, declaration: &Declaration) -> Identity {
        identify::identify(declaration, &self.index)
    }

    /// Identities of all declarations of a policy, in their order.
    pub fn identify_all(&self, policy: &Policy) -> Vec<Identity> {
        policy.declarations.iter().map(|d| self.identify(d)).collect()
    }
}

/// Identities of all declarations, in their order. For several policies, keep a [`Resolver`].
pub fn identify_all(policy: &Policy, database: &Database) -> Vec<Identity> {
    Resolver::new(database).identify_all(policy)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::location::Span;
    use crate::policy::{Field, Link, LinkKind};

    fn field(text: &str) -> Field {
        Field { text: text.into(), spans: vec![Span::new(0, 0)] }
    }

    fn row(name: &str) -> Declaration {
        Declaration::named(field(name))
    }

    fn resolved(declaration: &Declaration) -> (Option<String>, Option<By>) {
        static DATABASE: std::sync::LazyLock<Database> = std::sync::LazyLock::new(Database::embedded);
        static RESOLVER: std::sync::LazyLock<Resolver> =
            std::sync::LazyLock::new(|| Resolver::new(&DATABASE));
        let identity = RESOLVER.identify(declaration);
        (identity.sdk.map(|s| s.to_string()), identity.by)
    }

    #[test]
    fn spellings_nobody_listed_resolve() {
        for (name, id, by) in [
            ("友盟統計ＳＤＫ", "umeng-analytics", By::Alias),
            ("穿 山 甲 SDK", "pangle-cn", By::Alias),
            ("Bai Qing Teng", "baidu-mobads", By::Alias),
            ("Chuan Shan Jia SDK", "pangle-cn", By::Alias),
            ("优量惠SDK", "tencent-gdt", By::Fuzzy),
            ("Firebase Crashlitics", "firebase-crashlytics", By::Fuzzy),
            ("Umeng data analysis component", "umeng-analytics", By::Alias),
            ("极光统计分析组件", "jiguang-analytics", By::Alias),
            ("奇虎360加固", "qihoo360-jiagu", By::Alias),
            ("某某安全组件（又名：腾讯Bugly SDK）", "tencent-bugly", By::Bracket),
        ] {
            assert_eq!(resolved(&row(name)), (Some(id.to_owned()), Some(by)), "{name}");
        }
        for name in ["东方通信SDK", "天天账本", "广告SDK", "SDK", "", "（）", "Local Weather Kit"]
        {
            assert_eq!(resolved(&row(name)).0, None, "{name}");
        }
    }

    #[test]
    fn a_brand_goes_to_the_product_its_row_names() {
        let mut brand = row("友盟SDK");
        assert_eq!(resolved(&brand), (Some("umeng".into()), Some(By::Alias)));
        brand.purpose = Some(field("用于消息推送"));
        assert_eq!(resolved(&brand), (Some("umeng-push".into()), Some(By::Purpose)));
        brand.purpose = Some(field("用于消息推送、统计分析"));
        assert_eq!(resolved(&brand).0.as_deref(), Some("umeng"));
        brand.packages = vec![field("com.umeng.message")];
        assert_eq!(resolved(&brand), (Some("umeng-push".into()), Some(By::Package)));
    }

    #[test]
    fn an_unknown_name_goes_by_its_package_link_or_company() {
        let mut unknown = row("消息组件");
        unknown.packages = vec![field("com.igexin.sdk")];
        assert_eq!(resolved(&unknown), (Some("getui-push".into()), Some(By::Package)));
        let mut unknown = row("统计SDK");
        assert_eq!(resolved(&unknown).0, None);
        unknown.provider = Some(field("神策网络科技（北京）有限公司"));
        assert_eq!(resolved(&unknown).0.as_deref(), Some("sensorsdata"));
        let mut unknown = row("崩溃SDK");
        unknown.links = vec![Link { url: field("https://bugly.qq.com/docs"), kind: LinkKind::Privacy }];
        assert_eq!(resolved(&unknown), (Some("tencent-bugly".into()), Some(By::Link)));
    }

    #[test]
    fn a_vendor_and_a_function_name_the_product() {
        let table = include_str!("../../tests/fixtures/identity-names.tsv");
        let (mut all, mut wrong) = (0, Vec::new());
        for line in table.lines().filter(|l| !l.starts_with('#')) {
            let cells: Vec<&str> = line.split('\t').collect();
            let [name, provider, purpose, ids] = cells.as_slice() else { panic!("four cells: {line}") };
            let mut declaration = row(name);
            declaration.provider = (!provider.is_empty()).then(|| field(provider));
            declaration.purpose = (!purpose.is_empty()).then(|| field(purpose));
            let found = resolved(&declaration).0.unwrap_or("-".into());
            all += 1;
            if !ids.split('|').any(|id| id == found) {
                wrong.push(format!("{name} {provider} {purpose}: {found}, not {ids}"));
            }
        }
        assert!(wrong.len() * 100 <= all * 3, "{} of {all}:\n{}", wrong.len(), wrong.join("\n"));
    }

    #[test]
    fn names_of_the_database_resolve_whatever_ceremony_stands_around_them() {
        let database = Database::embedded();
        let resolver = Resolver::new(&database);
        let around: [fn(&str) -> String; 8] = [
            |n| n.to_owned(),
            |n| format!("{n} SDK"),
            |n| format!("{n}（Android版）"),
            |n| format!("{n}服务"),
            |n| format!("{n}组件"),
            |n| format!("{n}-Android"),
            |n| n.to_uppercase(),
            |n| {
                n.chars()
                    .map(|c| {
                        if c.is_ascii_graphic() { char::from_u32(c as u32 + 0xfee0).unwrap_or(c) } else { c }
                    })
                    .collect()
            },
        ];
        let (mut all, mut wrong) = (0, Vec::new());
        for sdk in database.sdks().iter().filter(|s| s.listed) {
            for name in sdk.aliases.iter().chain([&sdk.name_zh, &sdk.name_en]) {
                let written = around.get(all % around.len()).map_or(String::new(), |f| f(name));
                all += 1;
                let identity = resolver.identify(&row(&written));
                let kin = |id: &SdkId| {
                    let other = database.sdks().iter().find(|s| s.id == *id);
                    *id == sdk.id || other.is_some_and(|o| o.family.is_some() && o.family == sdk.family)
                };
                let right = identity.candidates.iter().any(kin);
                if !right {
                    wrong.push(format!("{written}: {:?}, not {}", identity.candidates, sdk.id));
                }
            }
        }
        assert!(all > 500 && wrong.len() * 100 <= all * 2, "{} of {all}:\n{}", wrong.len(), wrong.join("\n"));
    }
}
