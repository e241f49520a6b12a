//! The command line: names of commands and options (cli.md), with help in the chosen language.
//!
//! Owns parsing only. Secrets are never arguments: they come from the environment or are asked without being shown.

use crate::messages::{Language, Messages};
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};
use std::ffi::OsString;
use std::path::PathBuf;

/// Everything on the command line.
#[derive(Debug, Parser)]
#[command(name = "selaras-cli", version, arg_required_else_help = true, disable_help_subcommand = true)]
pub struct Arguments {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

/// Options that may stand before or after the command.
#[derive(Debug, Clone, Args)]
pub struct Global {
    #[arg(long, global = true, value_name = "DIR", env = "SELARAS_DATA_DIR", hide_env_values = true)]
    pub data_dir: Option<PathBuf>,
    #[arg(long, global = true, value_name = "NAME", default_value = "default")]
    pub company: String,
    #[arg(long, global = true)]
    pub json: bool,
    #[arg(long, global = true)]
    pub yes: bool,
    #[arg(long, global = true, value_enum, default_value = "id")]
    pub lang: Language,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    Demo(Size),
    Sandbox(SandboxArguments),
    #[command(subcommand, arg_required_else_help = true)]
    Connect(Connect),
    Databases,
    UseDatabase {
        id: i64,
    },
    Check,
    #[command(subcommand, arg_required_else_help = true)]
    Mapping(Mapping),
    #[command(args_conflicts_with_subcommands = true)]
    Skus(Skus),
    Import(ImportFile),
    #[command(subcommand, arg_required_else_help = true)]
    Plan(Plan),
    Apply {
        id: String,
        #[command(flatten)]
        passed: Passed,
    },
    Prove {
        run: String,
    },
    Verify {
        file: Option<PathBuf>,
    },
    #[command(arg_required_else_help = true)]
    Sync(Sync),
    Inbox {
        #[command(subcommand)]
        step: Option<Inbox>,
    },
    Runs {
        #[command(subcommand)]
        step: Option<Runs>,
    },
    Undo {
        run: String,
    },
    Explain {
        #[arg(required_unless_present = "order_number")]
        sku: Option<String>,
        #[arg(id = "order_number", long = "order", value_name = "NUMBER", conflicts_with = "sku")]
        order: Option<String>,
        #[arg(long)]
        refresh: bool,
    },
    Reconcile {
        #[arg(long, value_name = "ID")]
        store: Option<i64>,
        #[arg(long, value_name = "YYYY-MM")]
        month: Option<String>,
        #[arg(long, value_name = "C")]
        cause: Option<String>,
    },
    MonthEnd {
        #[arg(value_name = "YYYY-MM")]
        month: String,
        #[arg(long, value_name = "DIR", default_value = ".", hide_default_value = true)]
        out: PathBuf,
    },
    Shadow {
        #[arg(long, value_name = "DATE")]
        since: Option<String>,
    },
    Brakes(Brakes),
    Backup {
        #[arg(id = "copy_to", value_name = "FILE")]
        file: Option<PathBuf>,
    },
    Restore {
        #[arg(id = "copy_from", value_name = "FILE")]
        file: PathBuf,
    },
    #[command(subcommand, arg_required_else_help = true)]
    Disconnect(Disconnect),
}

/// The brakes that are passed, this once.
#[derive(Debug, Clone, Args)]
pub struct Passed {
    #[arg(long, value_name = "BRAKES", value_delimiter = ',', value_parser = ["rise", "fall", "changes"], global = true)]
    pub pass: Vec<String>,
}

/// Plan, run and proof in one.
#[derive(Debug, Args)]
pub struct Sync {
    #[command(subcommand)]
    pub kind: Kind,
    #[command(flatten)]
    pub passed: Passed,
}

/// Limits of the company's brakes that are to be set.
#[derive(Debug, Args)]
pub struct Brakes {
    #[arg(long, value_name = "PERCENT")]
    pub rise: Option<u32>,
    #[arg(long, value_name = "PERCENT")]
    pub fall: Option<u32>,
    #[arg(long, value_name = "N")]
    pub changes: Option<u32>,
}

/// How large the made-up shop is.
#[derive(Debug, Clone, Copy, Args)]
pub struct Size {
    #[arg(long, value_name = "N", default_value_t = 120)]
    pub items: usize,
    #[arg(long, value_name = "N", default_value_t = 40)]
    pub orders: usize,
}

/// The made-up shop and what goes wrong in it.
#[derive(Debug, Args)]
pub struct SandboxArguments {
    #[command(flatten)]
    pub size: Size,
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub seed: u64,
    #[arg(long, value_name = "LIST", default_value = "", hide_default_value = true)]
    pub faults: String,
    #[arg(long, value_name = "MS", default_value_t = 0)]
    pub latency: u64,
    #[arg(long, value_name = "URI")]
    pub redirect_uri: Vec<String>,
    #[arg(long)]
    pub existing_books: bool,
    #[arg(long)]
    pub odd: bool,
}

#[derive(Debug, Subcommand)]
pub enum Connect {
    Forstok {
        #[arg(long, value_name = "E")]
        email: String,
    },
    Accurate {
        #[arg(long, conflicts_with = "api_token")]
        print_url: bool,
        #[arg(long, value_name = "URI", conflicts_with = "api_token")]
        redirect: Option<String>,
        #[arg(long)]
        api_token: bool,
    },
}

#[derive(Debug, Subcommand)]
pub enum Mapping {
    Show,
    Suggest,
    Set { file: PathBuf },
    Export { file: PathBuf },
    Import { file: PathBuf },
}

#[derive(Debug, Args)]
pub struct Skus {
    #[arg(long, value_name = "S", value_enum)]
    pub state: Option<SkuStateName>,
    #[command(subcommand)]
    pub step: Option<SkuStep>,
}

#[derive(Debug, Subcommand)]
pub enum SkuStep {
    Resolve { file: PathBuf },
}

/// A file in place of a list that the account does not offer.
#[derive(Debug, Args)]
pub struct ImportFile {
    #[arg(value_enum, value_name = "LIST")]
    pub list: ListName,
    #[arg(id = "list_file", value_name = "FILE")]
    pub file: PathBuf,
    #[arg(long, value_name = "FIELD=HEADING")]
    pub column: Vec<String>,
    #[arg(long, value_name = "ID")]
    pub channel: Option<i64>,
}

/// Lists that a file can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ListName {
    MasterItems,
    PendingNotMatched,
    PendingMatched,
    PendingEmpty,
    PendingDuplicate,
    StockCount,
    Orders,
    Payments,
    Settlement,
}

/// States of a SKU by their names in the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum SkuStateName {
    Ready,
    Matched,
    PendingNotMatched,
    PendingMatched,
    Empty,
    Duplicate,
    NameConflict,
    SkuConflict,
    InvalidCode,
    Held,
}

#[derive(Debug, Subcommand)]
pub enum Plan {
    Show {
        id: String,
    },
    #[command(flatten)]
    Kind(Kind),
}

/// Kinds of plan.
#[derive(Debug, Clone, Subcommand)]
pub enum Kind {
    Items,
    OpeningStock {
        #[arg(long, value_name = "FILE")]
        from: Option<PathBuf>,
    },
    Stock,
    Invoices {
        #[arg(long, value_name = "DATE")]
        since: Option<String>,
        #[arg(long, value_name = "NUMBER")]
        order: Vec<String>,
    },
    Receipts {
        #[arg(long)]
        from_settlements: bool,
        #[arg(long, value_name = "DATE")]
        since: Option<String>,
        #[arg(long, value_name = "NUMBER")]
        order: Vec<String>,
    },
    Voids {
        #[arg(long, value_name = "NUMBER")]
        order: Vec<String>,
    },
    Returns {
        #[arg(long, value_name = "ID")]
        warehouse: Option<String>,
        #[arg(long, value_name = "NUMBER")]
        order: Vec<String>,
    },
}

impl Kind {
    /// Its name in the contract.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Items => "items",
            Self::OpeningStock { .. } => "opening-stock",
            Self::Stock => "stock",
            Self::Invoices { .. } => "invoices",
            Self::Receipts { .. } => "receipts",
            Self::Voids { .. } => "voids",
            Self::Returns { .. } => "returns",
        }
    }
}

#[derive(Debug, Subcommand)]
pub enum Inbox {
    Retry {
        #[arg(long, value_name = "C")]
        cause: Option<String>,
        #[command(flatten)]
        passed: Passed,
    },
    Dismiss {
        key: String,
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    Enter {
        key: String,
        #[arg(long, value_name = "NUMBER")]
        number: String,
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    Send {
        key: String,
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
}

#[derive(Debug, Subcommand)]
pub enum Runs {
    Show { run: String },
}

#[derive(Debug, Subcommand)]
pub enum Disconnect {
    Accurate,
}

/// Reads the command line.
///
/// # Errors
/// A usage error, or the text of `--help` or `--version`.
pub fn parse(words: &[OsString]) -> Result<Arguments, clap::Error> {
    let messages = Messages::of(language_of(words));
    let matches = localised(Arguments::command(), "", messages).try_get_matches_from(words)?;
    Arguments::from_arg_matches(&matches)
}

/// The language has to be known before parsing, because help and usage errors are written while parsing.
pub fn language_of(words: &[OsString]) -> Language {
    let mut words = words.iter().filter_map(|word| word.to_str());
    while let Some(word) = words.next() {
        let value = match word.split_once('=') {
            Some(("--lang", value)) => Some(value),
            _ if word == "--lang" => words.next(),
            _ => None,
        };
        if let Some(value) = value {
            return Language::from_str(value, false).unwrap_or_default();
        }
    }
    Language::default()
}

/// Puts the help of one language into a command and all below it.
fn localised(command: clap::Command, path: &str, messages: &Messages) -> clap::Command {
    let command = command
        .disable_help_flag(true)
        .arg(clap::Arg::new("help").short('h').long("help").action(clap::ArgAction::Help));
    let command = match messages.help(path) {
        Some(help) => command.about(help.about.clone()).after_help(format!(
            "{}:\n  {}",
            messages.argument("example").unwrap_or_default(),
            help.example
        )),
        None => command,
    };
    let command = if path.is_empty() {
        command
            .disable_version_flag(true)
            .arg(clap::Arg::new("version").short('V').long("version").action(clap::ArgAction::Version))
    } else {
        command
    };
    command
        .mut_args(|argument| match messages.argument(argument.get_id().as_str()) {
            Some(text) => {
                let text = text.to_owned();
                argument.help(text)
            }
            None => argument,
        })
        .mut_subcommands(|below| {
            let path = format!("{path} {}", below.get_name()).trim_start().to_owned();
            localised(below, &path, messages)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<OsString> {
        std::iter::once("selaras-cli").chain(line.split_whitespace()).map(OsString::from).collect()
    }

    fn read(line: &str) -> Arguments {
        parse(&words(line)).unwrap_or_else(|error| panic!("{line}: {error}"))
    }

    fn all_commands(command: &clap::Command, path: &str, look: &mut dyn FnMut(&str, &clap::Command)) {
        look(path, command);
        for below in command.get_subcommands() {
            all_commands(below, format!("{path} {}", below.get_name()).trim_start(), look);
        }
    }

    #[test]
    fn global_options_stand_before_or_after_the_command() {
        for line in [
            "--json --yes --lang en --company toko --data-dir /d plan items",
            "plan items --json --yes --lang en --company toko --data-dir /d",
            "--json plan --yes items --lang=en --company toko --data-dir=/d",
        ] {
            let global = read(line).global;
            assert_eq!(global.data_dir.as_deref(), Some(std::path::Path::new("/d")), "{line}");
            assert_eq!(
                (global.company.as_str(), global.json, global.yes, global.lang),
                ("toko", true, true, Language::En),
                "{line}"
            );
        }
        let global = read("check").global;
        assert_eq!(
            (global.company.as_str(), global.json, global.yes, global.lang),
            ("default", false, false, Language::Id)
        );
    }

    #[test]
    fn every_line_of_the_contract_is_understood() {
        for line in [
            "demo --items 60 --orders 5",
            "sandbox --items 60 --orders 5 --seed 7 --faults a",
            "sandbox --latency 200",
            "sandbox --existing-books --odd --redirect-uri http://localhost:1/callback",
            "connect forstok --email a@b.id",
            "connect accurate --print-url --redirect http://localhost:1/callback",
            "connect accurate --api-token",
            "databases",
            "use-database 7",
            "check",
            "mapping show",
            "mapping suggest",
            "mapping set f",
            "mapping export f",
            "import master-items f.xls",
            "import pending-duplicate f.csv --column sku=Kode",
            "import stock-count f.xlsx",
            "import orders f.csv --column sku=Kode --column order_id=Nomor",
            "import payments f.csv",
            "import settlement f.csv --channel 12",
            "mapping import -",
            "skus",
            "skus --state name_conflict",
            "skus resolve f",
            "plan items",
            "plan opening-stock",
            "plan opening-stock --from f.xlsx",
            "plan stock",
            "plan invoices",
            "plan invoices --since 2026-11-01 --order 240115CONTOH1 --order SO-1",
            "plan receipts",
            "plan receipts --from-settlements",
            "plan voids --order A",
            "plan returns --warehouse 51",
            "plan show x",
            "apply x",
            "apply x --pass fall",
            "prove x",
            "verify",
            "verify f.json",
            "sync items",
            "sync opening-stock --from f.csv",
            "sync stock",
            "sync stock --pass rise,fall,changes",
            "sync --pass fall stock",
            "sync opening-stock --pass changes --from f.csv",
            "sync invoices --since 2026-11-01",
            "sync receipts",
            "sync voids",
            "sync returns",
            "inbox",
            "inbox enter k --number SI.1 --reason r",
            "inbox send k --reason r",
            "inbox retry",
            "inbox retry --cause offline",
            "inbox retry --pass rise --pass changes",
            "brakes",
            "brakes --rise 30 --fall 100 --changes 500",
            "inbox dismiss k --reason r",
            "runs",
            "runs show r",
            "undo r",
            "disconnect accurate",
            "explain s",
            "explain s --refresh",
            "explain --order 240115CONTOH1",
            "explain --order SO-140000001 --refresh",
            "reconcile",
            "reconcile --store 7001 --month 2026-11 --cause not_paid_out",
            "month-end 2026-11",
            "month-end 2026-11 --out d",
            "shadow",
            "shadow --since 2026-11-01",
        ] {
            read(line);
        }
    }

    #[test]
    fn wrong_lines_are_usage_errors() {
        for line in [
            "",
            "unknown",
            "connect",
            "connect forstok",
            "use-database x",
            "skus --state odd",
            "plan",
            "undo",
            "sync",
            "sync stock --pass",
            "sync stock --pass everything",
            "apply x --pass rise,Fall",
            "inbox retry --pass price",
            "brakes --rise many",
            "explain",
            "explain s --order A",
            "month-end",
            "reconcile --store x",
            "inbox dismiss k",
            "import",
            "import odd f.csv",
            "import orders",
            "import settlement f.csv --channel shopee",
            "--lang fr check",
            "connect forstok --email a --secret-key b",
            "connect accurate --api-token --print-url",
        ] {
            let error = parse(&words(line)).unwrap_err();
            assert_eq!(error.exit_code(), 2, "{line}");
        }
    }

    #[test]
    fn every_command_and_argument_has_help_and_an_example_in_both_languages() {
        for language in [Language::Id, Language::En] {
            let messages = Messages::of(language);
            let mut root = localised(Arguments::command(), "", messages);
            root.build();
            all_commands(&root, "", &mut |path, command| {
                let help = messages.help(path).unwrap_or_else(|| panic!("{language:?}: {path} has no help"));
                assert!(help.example.contains("selaras-cli"), "{path}");
                for argument in command.get_arguments() {
                    assert!(argument.get_help().is_some(), "{language:?}: {path}: {}", argument.get_id());
                }
            });
        }
    }

    #[test]
    fn every_example_of_the_help_can_be_typed() {
        let mut root = localised(Arguments::command(), "", Messages::of(Language::Id));
        root.build();
        all_commands(&root, "", &mut |path, _| {
            let example = &Messages::of(Language::Id).help(path).unwrap().example;
            let (_, line) = example.rsplit_once("selaras-cli ").unwrap();
            let line = line.split(" >").next().unwrap();
            // The one quoted argument of an example has its spaces taken out, as a shell would.
            let line = line.split('\'').enumerate().map(|(part, text)| match part % 2 {
                0 => text.to_owned(),
                _ => text.replace(' ', "_"),
            });
            read(&line.collect::<String>());
        });
    }

    #[test]
    fn help_speaks_the_chosen_language() {
        let indonesian = parse(&words("plan items --help")).unwrap_err().to_string();
        let english = parse(&words("--lang en plan items --help")).unwrap_err().to_string();
        assert!(indonesian.contains("Rencana barang") && indonesian.contains("Contoh:"), "{indonesian}");
        assert!(english.contains("Plans items") && english.contains("Example:"), "{english}");
    }
}
