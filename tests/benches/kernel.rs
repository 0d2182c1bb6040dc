//! Classifying columns: the kernel against its alternatives, all measured in the same run.
//!
//! Run with `cargo xtask bench kernel`; with `SOHO_LONG=1` up to 100 million households.
//!
//! A plain sum over the same columns shows what memory allows. The same code also runs as WebAssembly in
//! Chromium, and NumPy's `select` and OpenFisca-Core run where `python3` has them. All work on the same
//! households and must count the same classes.

#![allow(clippy::unwrap_used, reason = "a benchmark")]

use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::Context;
use soho_rule_wasm::Households;
use soho_shared::law;
use soho_shared::money::Vnd;
use soho_shared::standard::{Class, Standard};
use soho_tests::browser::{Browser, Engine};
use soho_tests::rule;
use soho_tests::server::long;

/// Length of each measurement; its fastest pass counts.
const MEASURE: Duration = Duration::from_millis(700);

fn main() {
    let standard = law::standard("2011").unwrap();
    let most = if long() { 100_000_000 } else { 10_000_000 };
    println!("standard {}, one core, million households a second\n", standard.id);
    println!("sum: of the same columns, what memory allows; i128: exact fractions in a plain loop (of few");
    println!("households the processor learns every branch by heart)\n");
    println!("{:>11}  {:>7}  {:>7}  {:>7}  {:>7}", "households", "kernel", "sum", "of it", "i128");
    let page = Page::open();
    if let Err(why) = &page {
        println!("{:>13}skipped: WASM: {why:#}", "");
    }
    for count in [10_000, 1_000_000, 10_000_000, 100_000_000] {
        if count > most {
            println!("{count:>11}  skipped: set SOHO_LONG=1");
            continue;
        }
        measure(standard, count, page.as_ref().ok());
    }
}

/// Saves the columns as arrays that Python reads.
fn save(households: &Households, dir: &Path) {
    let net: Vec<u8> = households.annual_net().iter().flat_map(|net| net.get().to_le_bytes()).collect();
    fs::write(dir.join("net.i64"), net).unwrap();
    let members: Vec<u8> = households.members().iter().map(|members| members.get()).collect();
    fs::write(dir.join("members.u8"), members).unwrap();
    let urban: Vec<u8> = households.residence().iter().map(|&residence| residence as u8).collect();
    fs::write(dir.join("urban.u8"), urban).unwrap();
}

fn measure(standard: &Standard, count: usize, browser: Option<&Page>) {
    let mut households = Households::made_up(count);
    households.prepare(&standard.id).unwrap();
    let by_kernel = rate(count, || black_box(&mut households).by_kernel().unwrap());
    let by_sum = rate(count, || {
        black_box(black_box(&households).sum());
    });
    let mut plain = vec![0; count];
    let by_fractions = rate(count, || {
        fractions(standard, black_box(&households), &mut plain);
        black_box(&mut plain);
    });
    assert!(households.classes() == plain, "the kernel and exact fractions say the same");
    drop(plain);
    let share = 100.0 * by_kernel / by_sum;
    println!("{count:>11}  {by_kernel:>7.0}  {by_sum:>7.0}  {share:>5.0} %  {by_fractions:>7.1}");
    let counts = households.counts();
    let dir = tempfile::tempdir().unwrap();
    save(&households, dir.path());
    drop(households);
    if let Some(page) = browser {
        let (rate, counted) = page.measure(&standard.id, count).unwrap();
        assert_eq!(counted, counts, "the browser counts the same classes");
        println!("{:>13}WASM in Chromium: {rate:.0}; {:.2} of the native rate", "", rate / by_kernel);
    }
    for (script, name) in [("numpy_select.py", "NumPy select"), ("openfisca.py", "OpenFisca-Core")] {
        match python(script, standard, dir.path()) {
            Ok((rate, version, counted)) => {
                assert_eq!(counted, counts, "{name} counts the same classes");
                println!("{:>13}{name} {version}: {rate:.1}; the kernel is {:.1} ×", "", by_kernel / rate);
            }
            Err(why) => println!("{:>13}skipped: {name}: {why}", ""),
        }
    }
}

/// A browser with the rule in its page.
struct Page {
    tokio: tokio::runtime::Runtime,
    browser: Browser,
    _profile: tempfile::TempDir,
}

impl Page {
    fn open() -> anyhow::Result<Self> {
        let tokio = tokio::runtime::Runtime::new()?;
        let profile = tempfile::tempdir()?;
        let browser = tokio.block_on(async {
            let browser = Browser::open(Engine::Chromium, profile.path()).await?;
            browser.driver().set_script_timeout(Duration::from_secs(120)).await?;
            rule::load(&browser).await?;
            anyhow::Ok(browser)
        })?;
        Ok(Page { tokio, browser, _profile: profile })
    }

    /// Returns the [`rate`] in the browser, and how many households are in each class. The page's clock is
    /// coarse, so small columns are run over many times between two readings.
    fn measure(&self, standard: &str, count: usize) -> anyhow::Result<(f64, Vec<u32>)> {
        const SCRIPT: &str = "const [standard, count, milliseconds] = arguments; \
            const households = rule.Households.made_up(count); \
            households.prepare(standard); \
            const times = Math.ceil(5e6 / count); \
            let best = Infinity; \
            const end = performance.now() + milliseconds; \
            do { \
                const begun = performance.now(); \
                for (let i = 0; i < times; i++) households.by_kernel(); \
                best = Math.min(best, (performance.now() - begun) / times); \
            } while (performance.now() < end); \
            const counts = households.counts(); \
            households.free(); \
            return { rate: count / best / 1e3, counts: Array.from(counts) };";
        let milliseconds = u64::try_from(MEASURE.as_millis())?;
        let asked = vec![standard.into(), count.into(), milliseconds.into()];
        let found = self.tokio.block_on(rule::ask(&self.browser, SCRIPT, asked))?;
        let rate = found["rate"].as_f64().context("it measured nothing")?;
        Ok((rate, serde_json::from_value(found["counts"].clone())?))
    }
}

/// Returns million households a second in the fastest of many passes.
fn rate(count: usize, mut pass: impl FnMut()) -> f64 {
    pass(); // brings everything into the caches that will hold it
    let begun = Instant::now();
    let mut best = Duration::MAX;
    while begun.elapsed() < MEASURE {
        let one = Instant::now();
        pass();
        best = best.min(one.elapsed());
    }
    let households = f64::from(u32::try_from(count).unwrap());
    households / best.as_secs_f64() / 1e6
}

/// A fraction of đồng with a positive denominator.
#[derive(Clone, Copy)]
struct Fraction(i128, i128);

impl Fraction {
    fn is_at_most(self, other: Fraction) -> bool {
        self.0 * other.1 <= other.0 * self.1
    }
}

/// Classifies as one would first write it, in exact fractions: income per person and month against line after line.
fn fractions(standard: &Standard, households: &Households, classes: &mut [u8]) {
    for (i, class) in classes.iter_mut().enumerate() {
        let months = 12 * i128::from(households.members()[i].get());
        let monthly = Fraction(i128::from(households.annual_net()[i].get()), months);
        let residence = households.residence()[i];
        let under = |line: Vnd| monthly.is_at_most(Fraction(i128::from(line.get()), 1));
        let band = standard.bands.iter().find(|band| under(band.line(residence)));
        *class = u8::try_from(band.map_or(Class::Above, |band| band.class).index()).unwrap();
    }
}

/// Runs a Python script; returns million households a second, the library's version, and how many are in each class.
fn python(script: &str, standard: &Standard, dir: &Path) -> Result<(f64, String, Vec<u32>), String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches").join(script);
    let mut command = Command::new("python3");
    command.arg(path).arg(dir);
    for band in standard.bands.iter() {
        let [rural, urban] = band.lines.map(Vnd::get);
        command.arg(format!("{},{rural},{urban}", band.class.index()));
    }
    let output = command.output().map_err(|error| format!("python3 does not start: {error}"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        return Err(said.lines().last().unwrap_or("it failed").to_owned());
    }
    let out = String::from_utf8_lossy(&output.stdout);
    let mut words = out.split_whitespace();
    let rate = words.next().and_then(|word| word.parse().ok()).ok_or("it measured nothing")?;
    let version = words.next().unwrap_or_default().to_owned();
    Ok((rate, version, words.filter_map(|word| word.parse().ok()).collect()))
}
