//! Profiles: which body of rules applies, and how severe each defect is under it.

use crate::finding::Severity;
use crate::policy::Policy;
use serde::{Deserialize, Serialize};

/// Whose expectations an audit measures against.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, clap::ValueEnum,
)]
#[serde(rename_all = "kebab-case")]
pub enum Profile {
    /// Law and ministry notices of the People's Republic of China.
    Cn,
    /// The same, with the fields Chinese app stores compare.
    CnStore,
    /// Google Play developer policies.
    Play,
    /// Regulation (EU) 2016/679.
    Gdpr,
    /// United States: state privacy acts; no clause is cited.
    Us,
}

impl Profile {
    /// All profiles.
    pub const ALL: [Profile; 5] = [Profile::Cn, Profile::CnStore, Profile::Play, Profile::Gdpr, Profile::Us];

    /// Name as written in configuration and reports.
    pub fn name(self) -> &'static str {
        match self {
            Profile::Cn => "cn",
            Profile::CnStore => "cn-store",
            Profile::Play => "play",
            Profile::Gdpr => "gdpr",
            Profile::Us => "us",
        }
    }

    /// Whether Chinese law is the measure.
    pub fn is_chinese(self) -> bool {
        matches!(self, Profile::Cn | Profile::CnStore)
    }

    /// The profile for a policy when none was asked for: `cn` when it holds Chinese text or speaks
    /// of China, else `play`.
    pub fn for_policy(policy: &Policy) -> Profile {
        let chinese = policy.documents.iter().any(|d| {
            let han = d.text.chars().filter(|c| ('\u{4e00}'..='\u{9fff}').contains(c)).count();
            han >= 50 || ["People's Republic of China", "China", "GB/T"].iter().any(|w| d.text.contains(w))
        });
        if chinese || policy.documents.is_empty() { Profile::Cn } else { Profile::Play }
    }
}

/// Severity of a rule under each profile; `None` switches it off there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Levels {
    cn: Option<Severity>,
    cn_store: Option<Severity>,
    play: Option<Severity>,
    gdpr: Option<Severity>,
    us: Option<Severity>,
}

impl Levels {
    /// The same everywhere.
    pub const fn all(s: Severity) -> Levels {
        Levels { cn: Some(s), cn_store: Some(s), play: Some(s), gdpr: Some(s), us: Some(s) }
    }

    /// `s` under the Chinese profiles, off elsewhere.
    pub const fn chinese(s: Severity) -> Levels {
        Levels { cn: Some(s), cn_store: Some(s), play: None, gdpr: None, us: None }
    }

    /// Another level where stores compare the field.
    pub const fn store(self, s: Severity) -> Levels {
        Levels { cn_store: Some(s), ..self }
    }

    /// Another level for Google Play.
    pub const fn play(self, s: Severity) -> Levels {
        Levels { play: Some(s), ..self }
    }

    /// Another level for the European and American profiles.
    pub const fn west(self, s: Severity) -> Levels {
        Levels { gdpr: Some(s), us: Some(s), ..self }
    }

    /// The level under `profile`.
    pub const fn of(&self, profile: Profile) -> Option<Severity> {
        match profile {
            Profile::Cn => self.cn,
            Profile::CnStore => self.cn_store,
            Profile::Play => self.play,
            Profile::Gdpr => self.gdpr,
            Profile::Us => self.us,
        }
    }
}
