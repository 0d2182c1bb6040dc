//! Classifying columns: the kernel against what else one could use, each measured in the same run.
//!
//! `cargo xtask bench --bench kernel`; with `SOHO_LONG=1` up to 100 million households.
//!
//! A plain sum over the same columns shows what memory allows. NumPy's `select` and OpenFisca-Core run
//! where `python3` has them; they read the same households and must count the same classes.

#![allow(clippy::unwrap_used, reason = "a benchmark")]

use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use soho_shared::area::Residence;
use soho_shared::classify::Members;
use soho_shared::columns::{Columns, Kernel};
use soho_shared::law;
use soho_shared::money::Vnd;
use soho_shared::standard::{Class, Standard};
use soho_tests::server::long;

/// How long each measurement goes on; its fastest pass counts.
const MEASURE: Duration = Duration::from_millis(700);

fn main() {
    let standard = law::standard("2011").unwrap();
    let most = if long() { 100_000_000 } else { 10_000_000 };
    println!("standard {}, one core, million households a second\n", standard.id);
    println!("sum: of the same columns, what memory allows; i128: exact fractions in a plain loop (of few");
    println!("households the processor learns every branch by heart)\n");
    println!("{:>11}  {:>7}  {:>7}  {:>7}  {:>7}", "households", "kernel", "sum", "of it", "i128");
    for count in [10_000, 1_000_000, 10_000_000, 100_000_000] {
        if count > most {
            println!("{count:>11}  skipped: set SOHO_LONG=1");
            continue;
        }
        measure(standard, count);
    }
}

/// Households as columns.
struct Households {
    net: Vec<Vnd>,
    members: Vec<Members>,
    residence: Vec<Residence>,
}

impl Households {
    /// Incomes from a loss to twice the highest line, the same at every run.
    fn new(count: usize) -> Self {
        let mut state = 2011_u64;
        let mut random = |below: i64| {
            // SplitMix64
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = state;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            i64::try_from((z ^ (z >> 31)) % below.unsigned_abs()).unwrap()
        };
        let mut made = Households {
            net: Vec::with_capacity(count),
            members: Vec::with_capacity(count),
            residence: Vec::with_capacity(count),
        };
        for _ in 0..count {
            let members = Members::new(1 + random(8)).unwrap();
            made.net.push(Vnd::new(random(1_600_000 * members.person_months()) - 100_000).unwrap());
            made.members.push(members);
            made.residence.push(Residence::ALL[usize::from(random(10) == 0)]);
        }
        made
    }

    fn columns(&self) -> Columns<'_> {
        Columns {
            annual_net: &self.net,
            members: &self.members,
            residence: &self.residence,
            deprivations: None,
        }
    }

    /// As arrays that Python reads.
    fn save(&self, dir: &Path) {
        let net: Vec<u8> = self.net.iter().flat_map(|net| net.get().to_le_bytes()).collect();
        fs::write(dir.join("net.i64"), net).unwrap();
        let members: Vec<u8> = self.members.iter().map(|members| members.get()).collect();
        fs::write(dir.join("members.u8"), members).unwrap();
        let urban: Vec<u8> = self.residence.iter().map(|&residence| residence as u8).collect();
        fs::write(dir.join("urban.u8"), urban).unwrap();
    }
}

fn measure(standard: &Standard, count: usize) {
    let households = Households::new(count);
    let kernel = Kernel::new(standard).unwrap();
    let mut classes = vec![0; count];
    let by_kernel = rate(count, || {
        kernel.classify(black_box(&households.columns()), &mut classes).unwrap();
        black_box(&mut classes);
    });
    let by_sum = rate(count, || {
        black_box(sum(black_box(&households)));
    });
    let mut plain = vec![0; count];
    let by_fractions = rate(count, || {
        fractions(standard, black_box(&households), &mut plain);
        black_box(&mut plain);
    });
    assert!(classes == plain, "the kernel and exact fractions say the same");
    let share = 100.0 * by_kernel / by_sum;
    println!("{count:>11}  {by_kernel:>7.0}  {by_sum:>7.0}  {share:>5.0} %  {by_fractions:>7.1}");
    let dir = tempfile::tempdir().unwrap();
    households.save(dir.path());
    let mut counts = [0_u64; 4];
    for class in classes {
        counts[usize::from(class)] += 1;
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

/// Million households a second in the fastest of many passes.
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

/// The least that can be done with the same columns: one addition each.
fn sum(households: &Households) -> i64 {
    let net: i64 = households.net.iter().fold(0, |sum, net| sum.wrapping_add(net.get()));
    let members: u64 = households.members.iter().map(|members| u64::from(members.get())).sum();
    let urban: u64 = households.residence.iter().map(|&residence| residence as u64).sum();
    net.wrapping_add_unsigned(members).wrapping_add_unsigned(urban)
}

/// A fraction of đồng; the denominator is positive.
#[derive(Clone, Copy)]
struct Fraction(i128, i128);

impl Fraction {
    fn is_at_most(self, other: Fraction) -> bool {
        self.0 * other.1 <= other.0 * self.1
    }
}

/// The rule as one would first write it, exact: income per person per month against line after line.
fn fractions(standard: &Standard, households: &Households, classes: &mut [u8]) {
    for (i, class) in classes.iter_mut().enumerate() {
        let months = 12 * i128::from(households.members[i].get());
        let monthly = Fraction(i128::from(households.net[i].get()), months);
        let residence = households.residence[i];
        let under = |line: Vnd| monthly.is_at_most(Fraction(i128::from(line.get()), 1));
        let band = standard.bands.iter().find(|band| under(band.line(residence)));
        *class = u8::try_from(band.map_or(Class::Above, |band| band.class).index()).unwrap();
    }
}

/// What a script measured: million households a second, of which version, how many in each class.
fn python(script: &str, standard: &Standard, dir: &Path) -> Result<(f64, String, [u64; 4]), String> {
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
    let counts: Vec<u64> = words.filter_map(|word| word.parse().ok()).collect();
    Ok((rate, version, counts.try_into().map_err(|_| "it counted nothing")?))
}
