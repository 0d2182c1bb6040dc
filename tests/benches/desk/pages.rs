//! Pages of lists over the whole province at random places, each asked of the server and of PostgreSQL in turn.
//!
//! PostgreSQL sorts names by their bytes and has an index for that order; ours is the order in which people look for
//! names. It finds a place by counting rows (`OFFSET`), as we do by the communes' running sums. Where a filter has two
//! conditions nobody knows how many match: our pages then go on from a commune, and may be short.

use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use reqwest::Method;
use soho_shared::area;
use soho_shared::wire::lists::HouseholdPage;
use soho_tests::edits::Dice;
use tokio_postgres::{Client, Statement};

use super::reference::Reference;
use super::{Desk, Province, ratio, within};

const REQUESTS: usize = 400;
/// Largest place in a commune's part of a list at which a page begins.
const DEEP: u64 = 50;
/// Filters, and the same for PostgreSQL.
const LISTS: [(&str, &str); 8] = [
    ("households", "true"),
    ("poor", "class = 'poor'"),
    ("near_poor", "class = 'near_poor'"),
    ("poor_for_lack_of_labour", "class = 'poor' and main_cause = 'lack_of_labour'"),
    ("poor_female_headed", "class = 'poor' and female_headed"),
    ("poor,near_poor", "class in ('poor', 'near_poor')"),
    (
        "poor_for_lack_of_labour.poor_female_headed",
        "class = 'poor' and main_cause = 'lack_of_labour' and female_headed",
    ),
    ("near_poor.ethnic_minority_headed", "class = 'near_poor' and ethnic_minority_headed"),
];
const COLUMNS: &str = "household, commune, hamlet, head_name, members, class, monthly_income_per_person_vnd,
    main_cause, female_headed, ethnic_minority_headed, merit, social_protection";

pub(crate) async fn measure(province: &Province, reference: &Reference) -> anyhow::Result<()> {
    if let Err(why) = &reference.postgres {
        println!("\nskipped: PostgreSQL: {why:#}");
    }
    let postgres = reference.postgres.as_ref().ok().map(|postgres| &postgres.client);
    let desk = province.open().await?;
    let mut dice = Dice::new(20);
    for when in ["of a server that has just started", "once more, with the communes in memory"] {
        let mut lists = Vec::new();
        for (filter, condition) in LISTS {
            lists.push(List::of(&desk, postgres, filter, condition).await?);
        }
        println!("\npages of 100 households, {REQUESTS} in turn over one connection, {when}");
        for request in 0..REQUESTS {
            lists[request % LISTS.len()].ask(&desk, &mut dice).await?;
        }
        tell(&lists);
    }
    desk.server.stop();
    Ok(())
}

fn tell(lists: &[List<'_>]) {
    let ours: Vec<Duration> = lists.iter().flat_map(|list| list.ours.iter().copied()).collect();
    let theirs: Vec<Duration> = lists.iter().flat_map(|list| list.theirs.iter().copied()).collect();
    println!(
        "  all: p50 {:.1?}, p99 {:.1?} (aim: under 30 ms){}",
        within(&ours, 50),
        within(&ours, 99),
        beside(&ours, &theirs)
    );
    for List { filter, total, ours, theirs, shown, .. } in lists {
        let of = total.map_or_else(|| "an unknown number".to_owned(), |total| total.to_string());
        println!(
            "  {filter}: of {of}, {} a page, p50 {:.1?}, longest {:.1?}{}",
            shown / ours.len().max(1),
            within(ours, 50),
            within(ours, 100),
            beside(ours, theirs),
        );
    }
}

/// The times of PostgreSQL, where there are any.
fn beside(ours: &[Duration], theirs: &[Duration]) -> String {
    if theirs.is_empty() {
        return String::new();
    }
    let [half, most] = [50, 99].map(|percent| within(theirs, percent));
    format!("; PostgreSQL p50 {half:.1?}, p99 {most:.1?}, ratio of p99 {:.2}", ratio(within(ours, 99), most))
}

/// A list, and what was measured of it.
struct List<'a> {
    filter: &'static str,
    /// How many households it has, where the server knows.
    total: Option<u64>,
    postgres: Option<Theirs<'a>>,
    ours: Vec<Duration>,
    theirs: Vec<Duration>,
    /// Households on all our pages.
    shown: usize,
}

/// The same list in PostgreSQL.
struct Theirs<'a> {
    client: &'a Client,
    page: Statement,
    total: u64,
}

impl<'a> List<'a> {
    async fn of(
        desk: &Desk,
        postgres: Option<&'a Client>,
        filter: &'static str,
        condition: &str,
    ) -> anyhow::Result<Self> {
        // Of several conditions it would read many communes now, and the pages below none.
        let total = if filter.contains('.') {
            None
        } else {
            page(desk, &format!("filter={filter}&limit=1")).await?.1.total
        };
        let theirs = match postgres {
            Some(client) => Some(Theirs::of(client, condition).await?),
            None => None,
        };
        if let (Some(ours), Some(theirs)) = (total, &theirs) {
            ensure!(ours == theirs.total, "{filter}: {ours} households, in PostgreSQL {}", theirs.total);
        }
        Ok(List { filter, total, postgres: theirs, ours: vec![], theirs: vec![], shown: 0 })
    }

    /// Asks for a page at a random place.
    async fn ask(&mut self, desk: &Desk, dice: &mut Dice) -> anyhow::Result<()> {
        let place = match self.total {
            Some(total) => format!("offset={}", dice.roll(total)),
            None => {
                let communes = area::communes();
                let at = usize::try_from(dice.roll(communes.len() as u64))?;
                format!("from={}.{}", communes[at].code, dice.roll(DEEP))
            }
        };
        let (took, page) = page(desk, &format!("filter={}&{place}&limit=100", self.filter)).await?;
        self.ours.push(took);
        self.shown += page.households.len();
        if let Some(postgres) = &self.postgres {
            self.theirs.push(postgres.ask(dice.roll(postgres.total)).await?);
        }
        Ok(())
    }
}

/// Fetches a page; returns the time until all of it was here.
async fn page(desk: &Desk, query: &str) -> anyhow::Result<(Duration, HouseholdPage)> {
    let request =
        desk.officer.request(Method::GET, &format!("/api/v1/households?area=83&round=2010&{query}"));
    let begun = Instant::now();
    let answer = request.send().await?.error_for_status()?.bytes().await?;
    let took = begun.elapsed();
    Ok((took, serde_json::from_slice(&answer).context("a page")?))
}

impl<'a> Theirs<'a> {
    async fn of(client: &'a Client, condition: &str) -> anyhow::Result<Self> {
        let count = format!("select count(*) from household where {condition}");
        let total: i64 = client.query_one(count.as_str(), &[]).await?.get(0);
        let page = format!(
            "select {COLUMNS} from household where {condition}
             order by commune, head_name limit 100 offset $1"
        );
        Ok(Theirs { client, page: client.prepare(&page).await?, total: total.unsigned_abs() })
    }

    async fn ask(&self, place: u64) -> anyhow::Result<Duration> {
        let place = i64::try_from(place)?;
        let begun = Instant::now();
        let rows = self.client.query(&self.page, &[&place]).await?;
        let took = begun.elapsed();
        ensure!(!rows.is_empty() || self.total == 0, "an empty page");
        Ok(took)
    }
}
