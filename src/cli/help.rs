//! Help in Chinese: the English texts stand beside the arguments, their twins in `data/help.zh.toml`, by command and id.

use crate::lang::Lang;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, Command};
use serde::Deserialize;
use std::collections::BTreeMap;

/// The Chinese texts.
#[derive(Debug, Deserialize)]
struct Texts {
    /// What a command does, by its path: `""`, `check`, `batch query`.
    commands: BTreeMap<String, String>,
    /// What an argument means, by its id, or by path and id (`draft/format`) where commands differ.
    arguments: BTreeMap<String, String>,
    /// What a value means, by `id/value`, or by path, id and value.
    values: BTreeMap<String, String>,
}

impl Texts {
    fn embedded() -> Option<Texts> {
        toml::from_str(include_str!("../../data/help.zh.toml")).ok()
    }

    fn argument(&self, path: &str, id: &str) -> Option<&String> {
        self.arguments.get(&format!("{path}/{id}")).or_else(|| self.arguments.get(id))
    }

    fn value(&self, path: &str, id: &str, value: &str) -> Option<&String> {
        let own = self.values.get(&format!("{path}/{id}/{value}"));
        own.or_else(|| self.values.get(&format!("{id}/{value}")))
    }
}

/// The language that the arguments ask for themselves, before they are parsed: `--lang zh`, `--lang=zh`.
pub fn asked(arguments: impl Iterator<Item = String>) -> Option<Lang> {
    let mut found = None;
    let mut follows = false;
    for argument in arguments {
        let value = if follows { Some(argument.as_str()) } else { argument.strip_prefix("--lang=") };
        match value {
            Some("zh") => found = Some(Lang::Zh),
            Some("en") => found = Some(Lang::En),
            _ => {}
        }
        follows = argument == "--lang";
    }
    found
}

/// The command with its help in Chinese.
pub fn in_chinese(mut command: Command) -> Command {
    let Some(texts) = Texts::embedded() else { return command };
    // Usage lines and the arguments that clap adds are there once it is built.
    command.build();
    translate(command, "", &texts)
}

fn translate(mut command: Command, path: &str, texts: &Texts) -> Command {
    let usage = command.render_usage().to_string();
    let usage = usage.trim_start_matches("Usage:").trim_start();
    let usage =
        usage.replace("[OPTIONS]", "[选项]").replace("<COMMAND>", "<命令>").replace("[COMMAND]", "[命令]");
    // Each command with commands has a `help` of its own.
    let twin =
        texts.commands.get(path).or_else(|| path.ends_with(" help").then(|| texts.commands.get("help"))?);
    if let Some(about) = twin {
        command = command.about(about.clone()).long_about(about.clone());
    }
    let children: Vec<String> = command.get_subcommands().map(|c| c.get_name().to_owned()).collect();
    for name in children {
        let inner = if path.is_empty() { name.clone() } else { format!("{path} {name}") };
        command = command.mut_subcommand(name, |c| translate(c, &inner, texts));
    }
    command
        .override_usage(usage)
        .help_template("{before-help}{about-with-newline}\n用法：{usage}\n\n{all-args}{after-help}")
        .subcommand_help_heading("命令")
        .mut_args(|argument| explain(argument, path, texts))
}

fn explain(argument: Arg, path: &str, texts: &Texts) -> Arg {
    let id = argument.get_id().to_string();
    let Some(text) = texts.argument(path, &id) else { return argument };
    let mut help = text.clone();
    let values: Vec<String> = argument
        .get_possible_values()
        .iter()
        .filter(|v| !v.is_hide_set() && argument.get_action().takes_values())
        .map(|v| match texts.value(path, &id, v.get_name()) {
            Some(meaning) => format!("{}（{meaning}）", v.get_name()),
            None => v.get_name().to_owned(),
        })
        .collect();
    if !values.is_empty() {
        help.push_str(&format!(" [可取值：{}]", values.join("、")));
    }
    let default: Vec<String> =
        argument.get_default_values().iter().map(|v| v.to_string_lossy().into_owned()).collect();
    let shown = argument.get_action().takes_values() && !argument.is_hide_default_value_set();
    if shown && !default.is_empty() {
        help.push_str(&format!(" [默认：{}]", default.join(" ")));
    }
    let heading = if argument.is_positional() { "参数" } else { "选项" };
    // Under a heading of their own positionals would stand by name.
    let argument = match argument.get_index() {
        Some(index) => argument.display_order(index),
        None => argument,
    };
    argument
        .help(help.clone())
        .long_help(help)
        .help_heading(heading)
        .hide_possible_values(true)
        .hide_default_value(true)
}

/// What is wrong with the arguments, in Chinese; the details as clap names them.
pub fn complaint(error: &clap::Error) -> String {
    let get = |kind: ContextKind| match error.get(kind) {
        Some(ContextValue::String(s)) => s.clone(),
        Some(ContextValue::Strings(all)) => all.join("、"),
        Some(ContextValue::Number(n)) => n.to_string(),
        _ => String::new(),
    };
    let (argument, value) = (get(ContextKind::InvalidArg), get(ContextKind::InvalidValue));
    let said = match error.kind() {
        ErrorKind::UnknownArgument => format!("没有“{argument}”这个选项或参数"),
        ErrorKind::InvalidSubcommand => format!("没有“{}”这个命令", get(ContextKind::InvalidSubcommand)),
        ErrorKind::MissingSubcommand => "缺少命令".to_owned(),
        ErrorKind::MissingRequiredArgument => format!("缺少必需的参数：{argument}"),
        ErrorKind::InvalidValue if value.is_empty() => format!("“{argument}”后面缺少值"),
        ErrorKind::InvalidValue => {
            format!("“{argument}”不能取“{value}”，可取值：{}", get(ContextKind::ValidValue))
        }
        ErrorKind::ValueValidation => format!("“{argument}”的值“{value}”不能用"),
        ErrorKind::ArgumentConflict => format!("“{argument}”不能和“{}”一起用", get(ContextKind::PriorArg)),
        ErrorKind::NoEquals => format!("“{argument}”要写成 名称=值"),
        ErrorKind::TooManyValues | ErrorKind::TooFewValues | ErrorKind::WrongNumberOfValues => {
            format!("“{argument}”的值的个数不对")
        }
        _ => "命令行不能用".to_owned(),
    };
    let near = [ContextKind::SuggestedArg, ContextKind::SuggestedSubcommand, ContextKind::SuggestedValue];
    let near: Vec<String> = near.into_iter().map(get).filter(|s| !s.is_empty()).collect();
    let hint =
        if near.is_empty() { String::new() } else { format!("；是否想写“{}”？", near.join("、")) };
    format!("错误: {said}{hint}\n用 --help 查看用法")
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    fn has_han(text: &str) -> bool {
        text.chars().any(|c| ('\u{4E00}'..='\u{9FFF}').contains(&c))
    }

    /// Every command, argument and value that `--help` explains in English is explained in Chinese.
    #[test]
    fn every_help_text_has_a_chinese_twin() {
        let texts = Texts::embedded().unwrap();
        let mut command = crate::cli::Cli::command();
        command.build();
        let mut missing = String::new();
        let mut shared: BTreeMap<String, String> = BTreeMap::new();
        let mut left = vec![(String::new(), &command)];
        while let Some((path, command)) = left.pop() {
            let about = command.get_about().map(ToString::to_string).unwrap_or_default();
            // clap's own `help` has a copy of every command; it is explained as one.
            if path.split(' ').any(|p| p == "help") && path != "help" {
                continue;
            }
            if !texts.commands.get(&path).is_some_and(|t| has_han(t)) {
                missing.push_str(&format!("[commands] \"{path}\" = {about}\n"));
            }
            for argument in command.get_arguments().filter(|a| !a.is_hide_set()) {
                let id = argument.get_id().as_str();
                let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
                if !texts.argument(&path, id).is_some_and(|t| has_han(t)) {
                    missing.push_str(&format!("[arguments] \"{path}/{id}\" = {help}\n"));
                }
                // One twin serves several commands only where they say the same.
                let own = texts.arguments.contains_key(&format!("{path}/{id}"));
                if !own && !matches!(id, "help" | "format" | "policy") {
                    let english = shared.entry(id.to_owned()).or_insert_with(|| help.clone());
                    if *english != help {
                        missing.push_str(&format!(
                            "[arguments] \"{path}/{id}\" = {help} (elsewhere: {english})\n"
                        ));
                    }
                }
                let values = argument.get_possible_values();
                for value in
                    values.iter().filter(|v| argument.get_action().takes_values() && v.get_help().is_some())
                {
                    if texts.value(&path, id, value.get_name()).is_none() {
                        let help = value.get_help().map(ToString::to_string).unwrap_or_default();
                        missing
                            .push_str(&format!("[values] \"{path}/{id}/{}\" = {help}\n", value.get_name()));
                    }
                }
            }
            for child in command.get_subcommands() {
                let name = child.get_name();
                let path = if path.is_empty() { name.to_owned() } else { format!("{path} {name}") };
                left.push((path, child));
            }
        }
        assert!(missing.is_empty(), "{missing}");
    }

    #[test]
    fn the_language_asked_for_is_found_before_arguments_are_parsed() {
        let of = |all: &[&str]| asked(all.iter().map(|s| (*s).to_owned()));
        assert_eq!(of(&["sdkaudit", "--lang", "zh", "--help"]), Some(Lang::Zh));
        assert_eq!(of(&["sdkaudit", "check", "--lang=en", "-h"]), Some(Lang::En));
        assert_eq!(of(&["sdkaudit", "check", "zh"]), None);
    }
}
