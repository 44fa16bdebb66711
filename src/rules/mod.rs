//! One file per group of rules; a rule turns a case into findings and cannot fail.

mod code;
mod code_permissions;
mod completeness;
mod conflicts;
mod contents;
mod context;
mod document;
mod duties;
mod evidence;
mod in_prose;
mod languages;
pub mod laws;
mod links;
mod lists;
mod mention;
mod mixed_fields;
mod naming;
mod numbering;
mod packages;
pub mod page;
mod permissions;
mod presence;
mod products;
mod profile;
mod purposes;
mod row_text;
mod sentence;
mod sink;
mod template;
mod wording;
#[cfg(test)]
mod testing;

pub use context::{Context, is_library};
pub use duties::AppType;
pub use links::is_consumer_policy;
pub use profile::{Levels, Profile};
pub use sink::{Draft, Sink};

use crate::finding::{Case, Finding, Severity};
use std::collections::BTreeMap;

/// What part of a case a rule is about; pages and reports group by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Group {
    /// Package against policy.
    Comparison,
    /// Fields a row lacks.
    Completeness,
    /// Fields a row gets wrong.
    Correctness,
    /// Names and templates.
    Naming,
    /// The document as a whole.
    Document,
    /// What limits the evidence.
    Evidence,
}

/// One rule: what it is called, how bad what it finds is, and the check itself.
pub struct Rule {
    /// Kebab-case, reads well after "allow"; never changes meaning and is never reused.
    pub id: &'static str,
    /// What it is about.
    pub group: Group,
    /// Severity by profile.
    pub levels: Levels,
    /// Version of this tool that first had it.
    pub since: &'static str,
    /// Clauses it rests on, as keys of `laws`, strongest first.
    pub clauses: &'static [&'static str],
    /// Its page, `docs/rules/<id>.md`.
    pub page: &'static str,
    /// Reports what it finds; all fallible work was done before.
    pub check: fn(&Context<'_>, &mut Sink<'_>),
}

impl std::fmt::Debug for Rule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rule").field("id", &self.id).finish_non_exhaustive()
    }
}

/// All rules, by id.
pub static RULES: &[&Rule] = &[
    &duties::ADS_WITHOUT_OPT_OUT,
    &presence::AMBIGUOUS_NAME,
    &conflicts::BACKGROUND_IDENTIFIERS,
    &lists::BLANKET_DENIAL,
    &packages::BROAD_PACKAGE,
    &numbering::BROKEN_NUMBERING,
    &contents::BUNDLED_ROW,
    &presence::CARRIED_SDK_UNLISTED,
    &code::CODE_READS_UNLISTED_DATA,
    &conflicts::CONTRADICTING_STATEMENTS,
    &duties::CROSS_BORDER_CONFLICT,
    &mixed_fields::DATA_AMONG_PERMISSIONS,
    &mixed_fields::DATA_WITHOUT_PERMISSION,
    &presence::DECLARED_NOT_FOUND,
    &code::DENIED_DATA_IN_CODE,
    &contents::DOCUMENTED_DATA_UNLISTED,
    &document::DOUBTFUL_DATE,
    &evidence::DYNAMIC_CODE,
    &completeness::EMPTY_FIELD,
    &presence::FAMILY_ONLY,
    &products::FOREIGN_PRODUCT_NAME,
    &contents::IMPOSSIBLE_PLATFORM,
    &languages::LANGUAGE_VERSIONS_DIFFER,
    &links::LINK_NOT_A_POLICY,
    &links::LINK_OF_ANOTHER_SDK,
    &completeness::LINK_TITLE_ONLY,
    &links::LINK_TO_CONSUMER_POLICY,
    &lists::LIST_ELSEWHERE,
    &code::LISTED_DATA_WITHOUT_CODE,
    &document::LONG_RESPONSE_TIME,
    &packages::MAVEN_GROUP_AS_PACKAGE,
    &wording::MISSING_PERMISSION_NAME,
    &wording::MISSPELT_PERMISSION,
    &document::NO_CHINESE_TEXT,
    &document::NO_OPERATOR,
    &lists::NO_SDK_LIST,
    &evidence::OBFUSCATED_APP,
    &presence::PACKAGE_MISMATCH,
    &evidence::PACKED_APP,
    &evidence::PARTIAL_PACKAGE,
    &mixed_fields::PERMISSION_AMONG_DATA,
    &duties::PERMISSION_BEYOND_APP_TYPE,
    &purposes::PERMISSION_FOR_ADVERTISING,
    &code_permissions::PERMISSION_FOR_ONE_SDK,
    &code_permissions::PERMISSION_NOT_IN_CODE,
    &purposes::PERMISSION_PURPOSE_REPEATS_FUNCTION,
    &wording::PERMISSION_WITHOUT_EFFECT,
    &purposes::PERMISSION_WITHOUT_PURPOSE,
    &links::PLAIN_HTTP_LINK,
    &contents::PURPOSE_DOES_NOT_FIT,
    &contents::PURPOSE_REPEATS_NAME,
    &contents::REPEATED_DATA_TEXT,
    &wording::REPEATED_PERMISSION,
    &naming::REPEATED_ROW,
    &duties::RETIRED_SDK,
    &code_permissions::ROW_PERMISSION_NOT_IN_CODE,
    &completeness::ROW_WITHOUT_DATA,
    &completeness::ROW_WITHOUT_LINK,
    &completeness::ROW_WITHOUT_METHOD,
    &completeness::ROW_WITHOUT_PACKAGE,
    &completeness::ROW_WITHOUT_PROVIDER,
    &completeness::ROW_WITHOUT_PURPOSE,
    &completeness::ROW_WITHOUT_SCENE,
    &in_prose::SDK_NAMED_IN_PROSE_ONLY,
    &permissions::SDK_PERMISSION_NOT_IN_APP_LIST,
    &permissions::SDK_PERMISSION_NOT_REQUESTED,
    &conflicts::SENSITIVE_DATA_WITHOUT_NECESSITY,
    &links::SHARED_LINK,
    &completeness::SHARED_PERMISSION_LIST,
    &packages::SPACE_IN_PACKAGE,
    &template::TEMPLATE_ROWS,
    &evidence::UNCLEAR_ROW,
    &presence::UNCOMPARED_ROW,
    &presence::UNDECLARED_LIBRARY,
    &permissions::UNDECLARED_PERMISSION,
    &presence::UNDECLARED_SDK,
    &presence::UNDECLARED_UNKNOWN_CODE,
    &wording::UNDENIABLE_PERMISSION,
    &permissions::UNDISCLOSED_APP_LIST,
    &duties::UNDISCLOSED_SELF_START,
    &contents::UNDOCUMENTED_DATA,
    &links::UNFAMILIAR_LINK_HOST,
    &document::UNFILLED_PLACEHOLDER,
    &wording::UNGRANTABLE_PERMISSION,
    &code::UNKNOWN_CODE_READS_SENSITIVE_DATA,
    &wording::UNKNOWN_PERMISSION,
    &lists::UNNAMED_SDKS,
    &naming::UNOFFICIAL_SDK_NAME,
    &permissions::UNUSED_PERMISSION,
    &contents::VAGUE_DATA,
];

/// What the user chose: profile, own severities, own code.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// Whose expectations are measured against; by the policy's language when not chosen.
    pub profile: Option<Profile>,
    /// Severities set by hand, by rule id; `None` switches the rule off.
    pub severities: BTreeMap<String, Option<Severity>>,
    /// Package prefixes of the app team's own code.
    pub own_prefixes: Vec<String>,
    /// Type of the app, as an id of `AppType`.
    pub app_type: Option<String>,
}

impl Settings {
    /// Severity of a rule; `None` is off.
    pub fn level(&self, rule: &Rule, profile: Profile) -> Option<Severity> {
        match self.severities.get(rule.id) {
            Some(chosen) => *chosen,
            None => rule.levels.of(profile),
        }
    }
}

/// The rule with this id.
pub fn rule(id: &str) -> Option<&'static Rule> {
    RULES.binary_search_by(|r| r.id.cmp(id)).ok().and_then(|i| RULES.get(i)).copied()
}

/// Runs all rules that are on; sorted by severity and confidence (highest first), rule and subject.
pub fn check(case: &Case<'_>, settings: &Settings) -> Vec<Finding> {
    let context = Context::new(case, settings);
    let mut findings = Vec::new();
    for rule in RULES {
        let Some(severity) = settings.level(rule, context.profile) else { continue };
        let mut sink = Sink::new(rule, severity, &context);
        (rule.check)(&context, &mut sink);
        findings.extend(sink.into_findings());
    }
    findings.sort_by(|a, b| {
        (b.severity, b.confidence)
            .cmp(&(a.severity, a.confidence))
            .then_with(|| (a.rule, &a.subject).cmp(&(b.rule, &b.subject)))
    });
    findings
}

#[cfg(test)]
mod tests {
    use super::testing::{Fixture, field, sdk};
    use super::*;
    use crate::evidence::Confidence;
    use crate::location::EntryPath;
    use crate::location::{DocumentId, Span};
    use crate::policy::{Place, Platform, Statement, StatementKind};
    use crate::signature::{Level, PackageCluster};

    #[test]
    fn rules_are_sorted_and_their_clauses_exist() {
        assert!(RULES.is_sorted_by(|a, b| a.id < b.id));
        for r in RULES {
            assert_eq!(rule(r.id).map(|r| r.id), Some(r.id));
            assert!(r.id.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'), "{}", r.id);
            for key in r.clauses {
                assert!(laws::clause(key).is_some(), "{} cites {key}, which is not in data/laws.toml", r.id);
            }
        }
    }

    #[test]
    fn only_clauses_that_were_read_are_cited() {
        assert_eq!(
            laws::cited(&["identification-2-1", "identification-6", "play-user-data"], Profile::Cn),
            ["identification-2-1"]
        );
        assert_eq!(laws::cited(&["identification-2-1", "play-user-data"], Profile::Play), ["play-user-data"]);
    }

    #[test]
    fn names_of_other_platforms_are_not_looked_for() {
        let said = |name: &str| {
            let case = Fixture::new(vec![getui()], "SDK").row(name, Some("getui-push"), |_| ());
            case.rules().iter().any(|r| r.starts_with("declared-not-found"))
        };
        assert!(said("个推SDK") && said("个推SDK（Android、iOS）") && said("AXIOS推送SDK"));
        for name in ["GetuiiOS", "个推SDK（iOS）", "个推-iOS", "个推 IOS SDK", "个推SDK 鸿蒙版"]
        {
            assert!(!said(name), "{name}");
        }
    }

    #[test]
    fn a_location_is_an_item_and_device_information_is_none() {
        let said = |data: &str| {
            let row = |d: &mut crate::policy::Declaration| d.data = Some(field(data));
            let case = Fixture::new(vec![getui()], "SDK").row("个推SDK", Some("getui-push"), row);
            case.rules().iter().any(|r| r.starts_with("vague-data"))
        };
        assert!(said("设备信息") && said("设备标识信息") && said("位置信息等"));
        assert!(
            !said("位置信息")
                && !said("地理位置")
                && !said("设备信息（IMEI、OAID）")
                && !said("位置信息、设备信息")
        );
    }

    fn getui() -> crate::signature::Sdk {
        sdk("getui-push", "个推", "Getui Push", "com.igexin")
    }

    #[test]
    fn an_sdk_without_a_row_is_undeclared() {
        let case = Fixture::new(vec![getui()], "本应用接入以下第三方SDK。").found("getui-push", "com.igexin");
        assert_eq!(case.rules(), ["no-sdk-list no-sdk-list", "undeclared-sdk getui-push"]);
        let under = |profile| {
            case.findings(profile).into_iter().find(|f| f.rule == "undeclared-sdk").expect("reported")
        };
        assert_eq!(
            (under(Profile::Cn).severity, under(Profile::Cn).confidence),
            (Severity::High, Confidence::High)
        );
        assert!(under(Profile::Cn).clauses.contains(&"netdata-21-2"));
        assert_eq!(under(Profile::Play).severity, Severity::Medium);
    }

    #[test]
    fn a_row_by_name_or_by_package_declares() {
        let named = Fixture::new(vec![getui()], "个推").found("getui-push", "com.igexin").row(
            "个推",
            Some("getui-push"),
            |_| (),
        );
        assert_eq!(named.rules(), [""; 0]);
        let packaged = Fixture::new(vec![getui()], "推送 com.igexin")
            .found("getui-push", "com.igexin.sdk")
            .row("推送", None, |d| d.packages.push(field("com.igexin")));
        assert_eq!(packaged.rules(), [""; 0]);
    }

    #[test]
    fn a_sentence_names_but_does_not_list() {
        let case =
            Fixture::new(vec![getui()], "我们使用个推向您推送消息。").found("getui-push", "com.igexin");
        assert_eq!(case.rules(), ["no-sdk-list no-sdk-list", "sdk-named-in-prose-only getui-push"]);
    }

    #[test]
    fn a_list_elsewhere_lowers_what_absence_shows() {
        let mut case = Fixture::new(vec![getui()], "详见SDK目录。").found("getui-push", "com.igexin");
        case.policy.statements.push(Statement {
            document: DocumentId(0),
            span: Span::new(0, 9),
            kind: StatementKind::ListElsewhere,
            subject: None,
        });
        let findings = case.findings(Profile::Cn);
        let finding = findings.iter().find(|f| f.rule == "undeclared-sdk").expect("still reported");
        assert_eq!(finding.confidence, Confidence::Low);
    }

    #[test]
    fn families_cover_both_ways() {
        let mut family = sdk("getui-family", "个推系", "Getui family", "com.getui");
        family.level = Level::Family;
        family.family = Some(family.id.clone());
        let mut member = getui();
        member.family = Some(family.id.clone());
        let base = Fixture::new(vec![family.clone(), member.clone()], "个推")
            .found("getui-family", "com.getui")
            .row("个推", Some("getui-push"), |_| ());
        assert_eq!(base.rules(), [""; 0]);
        let product = Fixture::new(vec![family, member], "系").found("getui-push", "com.igexin").row(
            "个推系",
            Some("getui-family"),
            |_| (),
        );
        assert_eq!(product.rules(), ["family-only getui-push"]);
    }

    #[test]
    fn rows_without_code_are_reported_unless_for_ios() {
        let case = |ios: bool| {
            Fixture::new(vec![getui()], "个推").row("个推", Some("getui-push"), |d| {
                if ios {
                    d.platforms.push(Platform::Ios);
                }
            })
        };
        assert_eq!(case(false).rules(), ["declared-not-found getui-push"]);
        assert_eq!(case(true).rules(), [""; 0]);
    }

    #[test]
    fn unknown_code_is_reported_unless_a_row_or_the_team_names_it() {
        let cluster = PackageCluster {
            prefix: "com.vendor.fastthing".into(),
            classes: 30,
            at: EntryPath::root("app.apk").join("classes.dex"),
        };
        let mut bare = Fixture::new(vec![], "无");
        bare.detections.unknown.push(cluster.clone());
        assert_eq!(bare.rules(), ["undeclared-unknown-code com.vendor.fastthing"]);
        let mut named = Fixture::new(vec![], "FastThing").row("FastThing SDK", None, |_| ());
        named.detections.unknown.push(cluster);
        assert_eq!(named.rules(), [""; 0]);
    }

    #[test]
    fn a_wrong_package_is_told_from_a_right_one() {
        let case = |package: &str| {
            Fixture::new(vec![getui()], "个推").found("getui-push", "com.igexin").row(
                "个推",
                Some("getui-push"),
                |d| d.packages.push(field(package)),
            )
        };
        assert_eq!(case("com.getui.old").rules(), ["package-mismatch getui-push"]);
        assert_eq!(case("com.igexin").rules(), [""; 0]);
    }

    #[test]
    fn fingerprints_keep_over_updates_and_change_with_their_subject() {
        let old = Fixture::new(vec![getui()], "旧的政策。").found("getui-push", "com.igexin");
        let mut new =
            Fixture::new(vec![getui()], "新的政策，第二版，行号不同。").found("getui-push", "com.igexin.sdk");
        new.inventory.app.version_name = Some("2.0".into());
        assert_eq!(old.findings(Profile::Cn)[0].fingerprint, new.findings(Profile::Cn)[0].fingerprint);
        new.inventory.app.id = Some("com.other.app".into());
        assert_ne!(old.findings(Profile::Cn)[0].fingerprint, new.findings(Profile::Cn)[0].fingerprint);
    }

    #[test]
    fn prose_rows_do_not_count_as_a_list() {
        let case = Fixture::new(vec![getui()], "登录时使用个推").found("getui-push", "com.igexin").row(
            "个推",
            Some("getui-push"),
            |d| d.place = Place::Prose,
        );
        assert_eq!(case.rules(), ["no-sdk-list no-sdk-list", "sdk-named-in-prose-only getui-push"]);
    }
}
