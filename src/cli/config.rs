//! Options a configuration file may give: found, read, and overridden by arguments.

use super::common::{Failure, KnowledgeArgs};
use crate::audit::{self, Audit};
use crate::config::{self, Config};
use crate::intake;
use crate::limits;
use crate::rules::Profile;
use crate::signature::Database;
use crate::suppress::{self, Notice};
use std::path::{Path, PathBuf};

/// Where the configuration comes from, and what is said over it.
#[derive(Debug, clap::Args)]
pub struct ConfigArgs {
    /// Configuration file [default: the nearest sdkaudit.toml, upwards from the policy]
    #[arg(long, value_name = "FILE", conflicts_with = "no_config")]
    config: Option<PathBuf>,
    /// Read no configuration file
    #[arg(long)]
    no_config: bool,
    /// Whose rules count [default: cn for Chinese policies, else play]
    #[arg(long, value_enum, value_name = "PROFILE")]
    profile: Option<Profile>,
    /// Findings accepted before, as `sdkaudit baseline write` wrote them
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
}

/// A configuration with the directory its paths are relative to.
#[derive(Debug)]
pub struct Loaded {
    /// What the file says; empty without one.
    pub config: Config,
    base: PathBuf,
    profile: Option<Profile>,
    baseline: Option<PathBuf>,
}

impl ConfigArgs {
    /// Reads the file given, or the nearest one upwards from the first policy (or from here).
    pub fn load(&self, policies: &[PathBuf]) -> Result<Loaded, Failure> {
        let file = policies.first().filter(|p| !p.to_str().is_some_and(intake::is_address));
        let start = file.map_or(Path::new("."), |p| p.parent().unwrap_or(Path::new(".")));
        let start = if start.as_os_str().is_empty() { Path::new(".") } else { start };
        let path = match (&self.config, self.no_config) {
            (Some(path), _) => Some(path.clone()),
            (None, true) => None,
            (None, false) => config::find(start),
        };
        let config = path.as_deref().map(config::load).transpose()?.unwrap_or_default();
        let base = path.as_deref().and_then(Path::parent).map_or_else(PathBuf::new, Path::to_owned);
        Ok(Loaded { config, base, profile: self.profile, baseline: self.baseline.clone() })
    }
}

impl Loaded {
    /// The policy documents given, else those of the file.
    pub fn policies(&self, given: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
        if !given.is_empty() {
            return Ok(given.to_vec());
        }
        if self.config.policy.is_empty() {
            return Err(Failure::new(
                "没有给出政策文件：请用 --policy，或在 sdkaudit.toml 中写 policy",
                "no policy given: use --policy, or `policy` in sdkaudit.toml",
            ));
        }
        // Addresses and `auto` stand for themselves; paths are relative to the file.
        let place = |p: &PathBuf| match p.to_str() {
            Some(text) if text == intake::AUTO || intake::is_address(text) => p.clone(),
            _ => self.base.join(p),
        };
        Ok(self.config.policy.iter().map(place).collect())
    }

    /// The database with the signature directories of the file and of the arguments.
    pub fn database(&self, knowledge: &KnowledgeArgs) -> Result<Database, Failure> {
        let mut database = knowledge.database()?;
        for directory in &self.config.signatures {
            database = database.with_directory(&self.base.join(directory))?;
        }
        Ok(database)
    }

    /// Options of an audit: the arguments over the file.
    pub fn options(&self, knowledge: &KnowledgeArgs) -> audit::Options {
        let mut options = knowledge.options();
        let own = std::mem::take(&mut options.settings.own_prefixes);
        options.settings = self.config.settings.clone();
        options.settings.own_prefixes.extend(own);
        options.settings.profile = self.profile.or(options.settings.profile);
        options
    }

    /// Marks what the file and the baseline accept; tells which entries are unused or expired.
    pub fn accept(&self, audit: &mut Audit) -> Result<Vec<Notice>, Failure> {
        let mut allowed = self.config.allow.clone();
        let given = self.config.baseline.as_ref().map(|p| self.base.join(p));
        if let Some(path) = self.baseline.clone().or(given) {
            allowed.extend(config::read_baseline(&path)?);
        }
        Ok(suppress::apply(&mut audit.findings, &allowed, &limits::today()))
    }
}

impl From<config::Error> for Failure {
    fn from(error: config::Error) -> Failure {
        let text = error.to_string();
        match error {
            config::Error::Io { path, source } => {
                let path = path.display();
                Failure::new(format!("无法读取 {path}：{source}"), text)
            }
            config::Error::Problems(_) => Failure::new(format!("配置文件有误：\n{text}"), text),
        }
    }
}
