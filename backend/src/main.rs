//! The command line of Sổ Hộ's server.

use std::fs::File;
use std::io::{self, IsTerminal, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, bail};
use clap::{Args, Parser, Subcommand};
use indicatif::ProgressBar;
use jiff::{Span, SpanRelativeTo, Timestamp};
use soho::accounts::{Lifetimes, Secret};
use soho::analysis;
use soho::backup;
use soho::certificate::{self, SigningKey};
use soho::classify::Classify;
use soho::connections;
use soho::demo;
use soho::engine::Location;
use soho::export::{self, Format};
use soho::http::{PublicUrl, Settings};
use soho::import::{Import, ReadTable};
use soho::kept::Kept;
use soho::people::Session;
use soho::register::{self, KEEP_FREE, Register, Restored};
use soho::seal::{self, Seal};
use soho::serve::{self, serve};
use soho::sync;
use soho::telemetry::{self, LogFormat};
use soho::user::User;
use soho_shared::area::{AreaCode, PROVINCE};
use soho_shared::count::Listed;
use soho_shared::record::{RecordKey, Round};
use soho_shared::report::{Asked, By, ReportKind};
use soho_shared::text::one_line;

/// mimalloc, because merging and packing records makes a great many small allocations on several threads.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Sổ Hộ: the register of poor and near-poor households.
#[derive(Parser)]
#[command(version, about, after_help = "Example:\n  soho serve --data ./data --listen 127.0.0.1:8080")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Serve(Serve),
    Demo(Demonstration),
    Classify(Classify),
    Report(Report),
    Export(Export),
    Import(Import),
    #[command(hide = true)]
    ReadTable(ReadTable),
    Backup(Backup),
    Restore(Restore),
    Compact(Compact),
    Cut(Cut),
    Migrate(Migrate),
    Verify(Verify),
    User(User),
}

/// Run the server.
///
/// While the register has no accounts it answers this machine only, and there only who opens the address that it
/// prints, or sends the key in it as `Authorization: Bearer`. Make an administrator with `soho user add-admin`;
/// then everybody has to sign in, and it may listen on any address. Let others reach it through a proxy on this
/// machine that speaks TLS, and say with --public-url by which address.
#[derive(Args)]
#[command(
    after_help = "Examples:\n  soho serve --data ./data --listen 127.0.0.1:8080\n  soho serve --data ./data --public-url https://soho.example.vn"
)]
struct Serve {
    #[command(flatten)]
    kept: Kept,
    /// Address and port to listen on; port 0 takes any that is free
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// How much room to leave on the disk: with less nothing is pushed until there is room again; reading and signing
    /// in go on. 8 MB are left in any case
    #[arg(long, value_name = "MB", default_value_t = KEEP_FREE >> 20)]
    keep_free: u64,
    /// Directory of the built pages [default: `web` beside this program, if there]
    #[arg(long, value_name = "DIR")]
    web: Option<PathBuf>,
    /// The address people use, where a proxy stands before the server. It must hand on the header Host and
    /// set X-Forwarded-For; with https:// cookies and browsers are held to TLS
    #[arg(long, value_name = "URL", value_parser = str::parse::<PublicUrl>)]
    public_url: Option<PublicUrl>,
    /// After how long without use a browser has to sign in again, like 30m or 12h
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "12h")]
    session_idle: u64,
    /// How long after a tablet or account was taken away is still taken what was made before, like 10d or 30d; later edits
    /// wait for an officer of the commune
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "30d")]
    late_sync: u64,
    /// How many connections there may be at a time; fewer where the system gives fewer file descriptors
    #[arg(long, value_name = "N", default_value_t = connections::MOST)]
    connections: usize,
    /// File with the private key that signs certificates, PKCS#8 in PEM; made where there is none. A key that was lost is
    /// replaced by a new one, and what it signed stays good [default: signing-key.pem in the data directory; with --store
    /// none, and certificates are printed without a code]
    #[arg(long, value_name = "FILE")]
    signing_key: Option<PathBuf>,
    /// How to write the log
    #[arg(long, value_enum, default_value_t)]
    log: LogFormat,
}

/// Load a synthetic province that has the published figures of 2010.
///
/// It shows its progress; after Ctrl-C the same command goes on where it stopped.
#[derive(Args)]
#[command(after_help = "Example:\n  soho demo --data ./data --households 35896")]
struct Demonstration {
    #[command(flatten)]
    kept: Kept,
    /// How many households, in proportion
    #[arg(long, value_name = "N", default_value_t = demo::HOUSEHOLDS)]
    households: u64,
    /// The last round it holds, from 2010 on: with 2010 the census alone, and nobody has been visited again
    #[arg(long, value_name = "YEAR", default_value_t = demo::last())]
    until: Round,
    /// The same seed gives the same province
    #[arg(long, value_name = "N", default_value_t = demo::SEED)]
    seed: u64,
}

/// Print a report without a server.
#[derive(Args)]
#[command(
    after_help = "Examples:\n  soho report district --data ./data --round 2010 --format csv > huyen.csv\n  soho report movement --data ./data --round 2011 --class near_poor --by commune --format xlsx > bien-dong.xlsx"
)]
struct Report {
    /// Which: the plan's tables (`district`, `commune`, `hamlet`, `residence`, `causes`, `groups`, `bands`), `headline`, `movement`
    /// (who came out of poverty), `origins`, `months`, `indicators` (what is lacking), `minorities`, `targets` (the plan's path),
    /// `gap` (how far incomes are under the line), or of supports in the year after the round `coverage`, `electricity` and `insurance`
    #[arg(value_parser = str::parse::<ReportKind>)]
    kind: ReportKind,
    #[command(flatten)]
    kept: Kept,
    /// Area to count: 83, a district like 836, a commune like 29173
    #[arg(long, value_parser = str::parse::<AreaCode>, default_value_t = AreaCode::Province(PROVINCE.code))]
    area: AreaCode,
    /// Round of review, by its year
    #[arg(long, value_parser = str::parse::<Round>, default_value_t = Round::CENSUS_2010)]
    round: Round,
    /// What the rows count: `district`, `commune` or `hamlet`; the next smaller areas when left out
    #[arg(long, value_parser = str::parse::<By>)]
    by: Option<By>,
    /// Whose movement, or what is lacking, a table shows: `poor` or `near_poor`
    #[arg(long, value_parser = str::parse::<Listed>, default_value = "poor")]
    class: Listed,
    /// `csv`, `xlsx`, `json` (the figures by their names, where the report has such) or `table` (JSON of the table)
    #[arg(long, value_parser = file_format)]
    format: Format,
}

/// Write all rounds for analysts: households without names, tallies, and a data dictionary.
///
/// Each round has a folder of its own, `households/round=2011/`, as DuckDB, pandas or Spark read it. Amounts are whole đồng.
#[derive(Args)]
#[command(
    after_help = "Examples:\n  soho export --data ./data --parquet ./so-ho\n  soho export --data ./data --csv ./so-ho-csv"
)]
struct Export {
    #[command(flatten)]
    kept: Kept,
    /// Folder to write Parquet files to; new or empty
    #[arg(long, value_name = "DIR", required_unless_present = "csv")]
    parquet: Option<PathBuf>,
    /// Folder to write CSV files to; new or empty
    #[arg(long, value_name = "DIR", conflicts_with = "parquet")]
    csv: Option<PathBuf>,
    /// With the names of the heads of households; the audit trail tells of it
    #[arg(long)]
    names: bool,
}

/// A format of files; what is printed needs the server's fonts and looks.
fn file_format(word: &str) -> Result<Format, String> {
    match word.parse() {
        Ok(Format::Print) | Err(_) => Err("the formats are `csv`, `xlsx`, `json` and `table`".to_owned()),
        Ok(format) => Ok(format),
    }
}

/// Check every record, tally and log entry of a register against each other.
#[derive(Args)]
#[command(after_help = "Example:\n  soho verify --data ./data")]
struct Verify {
    #[command(flatten)]
    kept: Kept,
}

/// Write the whole register into one file, while it is being served or not.
///
/// The file is there only when it is whole. What comes in meanwhile may or may not be in it, commune by commune.
#[derive(Args)]
#[command(
    after_help = "Examples:\n  soho backup --data ./data soho-2011-03-21.backup\n  soho backup --data ./data --encrypt passphrase soho-2011-03-21.age"
)]
struct Backup {
    #[command(flatten)]
    kept: Kept,
    /// The file to write; it must not be there yet
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Seal it with age: to a recipient's key (age1…), or with a `passphrase`, which is asked for or read from the first
    /// line of standard input
    #[arg(long, value_name = "TO", value_parser = str::parse::<seal::With>)]
    encrypt: Option<seal::With>,
}

/// Make a register of a backup, in a new directory.
#[derive(Args)]
#[command(after_help = "Example:\n  soho restore --data ./restored soho-2011-03-21.backup")]
struct Restore {
    #[command(flatten)]
    kept: Kept,
    /// The backup. The passphrase of a sealed one is asked for, or read from the first line of standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The file that holds the key to which it is sealed, as `age-keygen` writes it
    #[arg(long, value_name = "FILE")]
    identity: Option<PathBuf>,
}

/// Write the register anew, without the gaps that years of changes leave. The server must be stopped.
#[derive(Args)]
#[command(after_help = "Example:\n  soho compact --data ./data")]
struct Compact {
    #[command(flatten)]
    kept: Kept,
}

/// Cut one record that cannot be read out of a register that is not being served.
///
/// `soho verify` names such records. What people typed stays in the log; the record counts nowhere any more, and what
/// is sent for it from then on makes it anew.
#[derive(Args)]
#[command(after_help = "Example:\n  soho cut 29173-018f3c2a9d5e7b1c8a4f0d2e6b9c1a3f.2010 --data ./data")]
struct Cut {
    #[command(flatten)]
    kept: Kept,
    /// The record: a household's id or an area's code, `.` and a round
    #[arg(value_name = "RECORD")]
    record: RecordKey,
}

/// Copy a register that is not being served to another place: from a directory into a database, or back.
///
/// It stays the same register: tablets, browsers and their cursors go on as before. The first one is left as it is.
#[derive(Args)]
#[command(
    after_help = "Examples:\n  soho migrate ./data postgres://soho@db/soho\n  soho migrate postgres://soho@db/soho ./data"
)]
struct Migrate {
    /// The register: a data directory, or a database's address
    #[arg(value_parser = str::parse::<Location>)]
    from: Location,
    /// Where to: an empty or new directory, or an empty database
    #[arg(value_parser = str::parse::<Location>)]
    to: Location,
}

/// A time like `90s`, `30m`, `12h` or `7d`, in milliseconds.
fn duration(text: &str) -> Result<u64, String> {
    let read = || {
        let span: Span = text.parse().ok()?;
        let time = span.to_duration(SpanRelativeTo::days_are_24_hours()).ok()?;
        u64::try_from(time.as_millis()).ok().filter(|millis| *millis > 0)
    };
    read().ok_or_else(|| "give a time like 90s, 30m, 12h or 7d".to_owned())
}

fn main() -> ExitCode {
    // Bad usage ends here with status 2.
    let cli = Cli::parse();
    // What it writes (the register, backups, the socket) concerns people: nobody else on this machine may read it.
    #[cfg(unix)]
    rustix::process::umask(rustix::fs::Mode::RWXG | rustix::fs::Mode::RWXO);
    let run = tokio::runtime::Runtime::new().context("cannot start").and_then(|runtime| {
        let run = runtime.block_on(run(cli.command));
        // A read whose client takes nothing any more is not waited for.
        runtime.shutdown_background();
        run
    });
    match run {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // `{:#}` writes the causes into the same sentence.
            let _ = writeln!(io::stderr(), "soho: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Serve(args) => {
            telemetry::start(args.log);
            // A mistyped address is found at once; but nobody is kept waiting at the port while the register is opened.
            drop(serve::bind(args.listen).await?);
            let store = args.kept.open().await?;
            let listener = match serve::bind(args.listen).await {
                Ok(listener) => listener,
                Err(error) => {
                    store.close().await?;
                    return Err(error.into());
                }
            };
            let directory = args.kept.directory();
            let is_asked_for = args.signing_key.is_some();
            let in_directory = || directory.as_ref().map(|directory| directory.join(certificate::FILE));
            let file = args.signing_key.or_else(in_directory);
            let signing = match file.map(|file| SigningKey::in_file(&file)).transpose() {
                Ok(key) => key.map(Arc::new),
                // Whatever has become of the key, volunteers go on sending.
                Err(error) if !is_asked_for => {
                    tracing::warn!(%error, "certificates are printed without a code");
                    None
                }
                Err(error) => {
                    store.close().await?;
                    return Err(error.into());
                }
            };
            store.keep_free(args.keep_free.saturating_mul(1 << 20));
            store.check_slowly().context("cannot start")?;
            let store: Arc<Register> = Arc::new(store);
            // A database is backed up by its own means, or by `soho backup --store`.
            let offering = directory.clone().map(|directory| {
                let store = Arc::clone(&store);
                tokio::spawn(async move { backup::offer(store, &directory).await })
            });
            let web = args.web.or_else(web_beside_program);
            let lifetimes =
                Lifetimes { idle: args.session_idle, late: args.late_sync, ..Lifetimes::default() };
            if let Some(directory) = &directory {
                Secret::take_over(&store, directory).await?;
            }
            let secret = Secret::of(&store).await?;
            let (public, connections) = (args.public_url, Some(args.connections));
            let settings =
                Settings { public, lifetimes, secret, connections, signing, ..Settings::default() };
            let stop = async {
                serve::signalled().await;
                serve::end_soon(0);
            };
            let served = serve(listener, store, web, settings, stop).await;
            if let Some(offering) = offering {
                offering.abort();
            }
            Ok(served?)
        }
        Command::Demo(args) => {
            let store = Arc::new(args.kept.open().await?);
            let demo = demo::Demo { seed: args.seed, households: args.households, until: args.until };
            let loaded = demo::run(Arc::clone(&store), demo).await;
            let accounts = match loaded {
                Ok(_) => demo::accounts(&store).await,
                Err(_) => Ok(demo::Accounts::default()),
            };
            store.close().await?;
            write!(io::stdout(), "{}\n\n{}", loaded?, accounts?)?;
            Ok(())
        }
        Command::Classify(args) => args.run(),
        Command::Report(args) => {
            if args.format == Format::Xlsx && io::stdout().is_terminal() {
                bail!("a workbook is no text: send it to a file, with > {}.xlsx", args.kind);
            }
            let store = args.kept.open_existing().await?;
            let Report { kind, area, round, by, class, format, .. } = args;
            let made = export::Report::of(&store, Asked { kind, area, round, by, listed: class }).await;
            store.close().await?;
            let file = made?.file(format)?;
            io::stdout().write_all(&file).context("cannot print the report")?;
            Ok(())
        }
        Command::Export(args) => {
            let store = args.kept.open_existing().await?;
            let (folder, format) = match (args.parquet, args.csv) {
                (Some(folder), _) => (folder, analysis::Format::Parquet),
                (None, folder) => (folder.unwrap_or_default(), analysis::Format::Csv),
            };
            let export = analysis::Export { folder, format, names: args.names };
            let written = export.run(&store, sync::now_millis()).await;
            store.close().await?;
            let analysis::Exported { households, tallies } = written?;
            let place = export.folder.display();
            writeln!(io::stdout(), "{households} households and {tallies} tallies are in {place}")?;
            Ok(())
        }
        Command::Import(args) => args.run().await,
        Command::ReadTable(args) => args.run(),
        Command::Backup(args) => {
            args.kept.expect_existing()?;
            let seal = args.encrypt.map(Seal::ask).transpose()?;
            let taken = tokio::task::spawn_blocking(move || {
                let taken = backup::take(&args.kept.location(), &args.file, seal.as_ref());
                taken.map(|contents| (contents, args.file))
            });
            let (contents, file) = taken.await??;
            writeln!(io::stdout(), "{} records are in {}", contents.records, file.display())?;
            Ok(())
        }
        Command::Restore(args) => {
            let (target, file) = (args.kept.location(), args.file);
            let key = seal::Key::for_file(&file, args.identity.as_deref())?;
            let now = sync::now_millis();
            let restored = tokio::task::spawn_blocking(move || match key {
                None => register::restore_from(&target, || Ok(File::open(&file)?), now),
                Some(key) => register::restore_from(&target, || Ok(key.open(File::open(&file)?)?), now),
            });
            let Restored { contents, suspended } = restored.await??;
            let store = args.kept.open_existing().await?;
            let found = store.verify().await?;
            store.close().await?;
            if !found.is_clean() {
                bail!("{} things in it do not agree; restore an earlier backup", found.problem_count);
            }
            let place = args.kept.location();
            let mut out = io::stdout();
            writeln!(out, "{} records are in {place}; all agree", contents.records)?;
            writeln!(
                out,
                "\nBrowsers are signed out, and codes for tablets are worth nothing. Accounts and passwords are those of the \
                 backup: shut again who was shut since."
            )?;
            if !suspended.is_empty() {
                writeln!(
                    out,
                    "\nThese devices keep what they hold, and send it once an officer has confirmed them at /desk/people/. Do not \
                     confirm one that was taken away or lost since the backup was taken; withdraw it again:"
                )?;
            }
            for Session { account, device, used, .. } in suspended {
                let (used, device) = (day(used), device.unwrap_or_default());
                writeln!(out, "  {account}: {}, last used on {used}", one_line(&device))?;
            }
            Ok(())
        }
        Command::Compact(args) => {
            let dir = args.kept.existing_directory()?;
            let (before, after) = tokio::task::spawn_blocking(move || register::compact(&dir)).await??;
            writeln!(io::stdout(), "{} MB before, {} MB now", before >> 20, after >> 20)?;
            Ok(())
        }
        Command::Cut(Cut { kept, record }) => {
            kept.expect_existing()?;
            let kept = tokio::task::spawn_blocking(move || register::cut(&kept.location(), record)).await??;
            writeln!(io::stdout(), "cut out; its {kept} operations stay in the log")?;
            Ok(())
        }
        Command::User(args) => args.run().await,
        Command::Migrate(Migrate { from, to }) => {
            if let Location::Directory(directory) = &from
                && !directory.is_dir()
            {
                bail!("there is no directory {}: name the register's", directory.display());
            }
            let place = to.clone();
            let copied = tokio::task::spawn_blocking(move || {
                let bar = ProgressBar::new(0);
                let copied = register::migrate(&from, &to, |done, of| {
                    bar.set_length(of as u64);
                    bar.set_position(done as u64);
                });
                bar.finish_and_clear();
                copied
            });
            let contents = copied.await??;
            writeln!(io::stdout(), "{} records are in {place}", contents.records)?;
            Ok(())
        }
        Command::Verify(args) => {
            let store = args.kept.open_existing().await?;
            let found = store.verify().await?;
            store.close().await?;
            for problem in &found.problems {
                writeln!(io::stderr(), "soho: {problem}")?;
            }
            if !found.is_clean() {
                bail!("{} things do not agree; restore the latest backup", found.problem_count);
            }
            let (records, operations, tallies) = (found.records, found.operations, found.tallies);
            writeln!(
                io::stdout(),
                "{records} records, {operations} operations, {tallies} tallies: all agree"
            )?;
            if found.one_sided_moves > 0 {
                writeln!(
                    io::stdout(),
                    "{} moves from one commune to another are entered in one of the two alone",
                    found.one_sided_moves
                )?;
            }
            Ok(())
        }
    }
}

/// A day as `2011-03-21` (UTC), from milliseconds since 1970.
fn day(millis: u64) -> String {
    let time = i64::try_from(millis).ok().and_then(|millis| Timestamp::from_millisecond(millis).ok());
    time.unwrap_or_default().strftime("%Y-%m-%d").to_string()
}

fn web_beside_program() -> Option<PathBuf> {
    let beside = std::env::current_exe().ok()?.parent()?.join("web");
    beside.is_dir().then_some(beside)
}
