//! Reading: one statement for all questions of a call, so that all answers are of one moment.

use std::pin::pin;
use std::sync::Arc;

use futures::TryStreamExt;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Error};

use super::line::{Line, Question};
use super::{Pair, Query, StoreError};
use crate::engine::{Place, Range, place_of};

/// Rows that a step looks at when it seeks the end of a range that is limited by bytes.
const STEP: usize = 128;

/// Answers questions.
///
/// # Errors
/// When one is about no place, and when the database fails.
pub(super) fn read(line: &Arc<Line>, queries: &[Query]) -> Result<Vec<Vec<Pair>>, StoreError> {
    let question = Questions::of(queries)?;
    if question.parts.is_empty() && !line.is_closed() {
        return Ok(vec![Vec::new(); queries.len()]);
    }
    let asked = Arc::clone(line);
    line.wait(async move { asked.ask(&question).await })
}

/// The number of a place in the table.
pub(super) fn number(place: Place) -> i32 {
    i32::from_be_bytes(place)
}

/// What one statement asks.
struct Questions {
    /// The place of each query.
    places: Vec<Place>,
    /// Whether each query's answer goes down.
    backwards: Vec<bool>,
    /// Queries of one kind each, which are one branch of the statement.
    parts: Vec<Part>,
}

/// Queries of one kind, as columns.
struct Part {
    kind: Kind,
    numbers: Vec<i32>,
    places: Vec<i32>,
    from: Vec<Vec<u8>>,
    to: Vec<Vec<u8>>,
    pairs: Vec<i64>,
    bytes: Vec<i64>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Key,
    Range {
        backwards: bool,
        /// Whether it ends within its place, and not with it.
        bounded: bool,
        /// Whether its bytes are limited.
        limited: bool,
    },
}

impl Questions {
    fn of(queries: &[Query]) -> Result<Self, StoreError> {
        let nowhere = || StoreError::Io("a question is about no place".to_owned());
        let mut question = Questions { places: Vec::new(), backwards: Vec::new(), parts: Vec::new() };
        for (number, query) in (0i32..).zip(queries) {
            let (Query::Key(from) | Query::Range(Range { from, .. })) = query;
            let place = place_of(from).ok_or_else(nowhere)?;
            question.places.push(place);
            question.backwards.push(matches!(query, Query::Range(range) if range.backwards));
            let rest = from[place.len()..].to_vec();
            match query {
                Query::Key(_) => question.part(Kind::Key).push(number, place, rest, Vec::new(), 1, 0),
                Query::Range(range) if range.is_empty() => {}
                Query::Range(range) => {
                    let to = range.to.strip_prefix(&place);
                    let kind = Kind::Range {
                        backwards: range.backwards,
                        bounded: to.is_some(),
                        limited: range.bytes != usize::MAX,
                    };
                    let to = to.unwrap_or_default().to_vec();
                    question.part(kind).push(number, place, rest, to, range.pairs, range.bytes);
                }
            }
        }
        Ok(question)
    }

    fn part(&mut self, kind: Kind) -> &mut Part {
        let at = self.parts.iter().position(|part| part.kind == kind).unwrap_or_else(|| {
            self.parts.push(Part::new(kind));
            self.parts.len() - 1
        });
        &mut self.parts[at]
    }

    /// The statement, which depends on the kinds of queries alone.
    fn statement(&self) -> String {
        let branches = self.parts.iter().enumerate().map(|(at, part)| part.kind.branch(at * Part::COLUMNS));
        branches.collect::<Vec<_>>().join("\nunion all\n")
    }
}

impl Question for Questions {
    type Answer = Vec<Vec<Pair>>;

    async fn ask(&self, client: &Client) -> Result<Self::Answer, Error> {
        let columns = self.parts.iter().flat_map(Part::columns);
        let mut rows = pin!(client.query_typed_raw(&self.statement(), columns).await?);
        let mut answers = vec![Vec::new(); self.places.len()];
        // Row by row, so that an answer is not held twice.
        while let Some(row) = rows.try_next().await? {
            let number: i32 = row.try_get(0)?;
            let (key, value): (&[u8], &[u8]) = (row.try_get(1)?, row.try_get(2)?);
            let at = usize::try_from(number).unwrap_or(usize::MAX);
            if let (Some(place), Some(answer)) = (self.places.get(at), answers.get_mut(at)) {
                answer.push(([&place[..], key].concat(), value.to_vec()));
            }
        }
        // They come as the index gives them; only a plan that nobody has seen yet would mix them.
        for (answer, &backwards) in answers.iter_mut().zip(&self.backwards) {
            let key = |pair: &Pair| pair.0.clone();
            if backwards && !answer.is_sorted_by(|a: &Pair, b| a.0 > b.0) {
                answer.sort_by_key(|pair| std::cmp::Reverse(key(pair)));
            } else if !backwards && !answer.is_sorted_by(|a: &Pair, b| a.0 < b.0) {
                answer.sort_by_key(key);
            }
        }
        Ok(answers)
    }
}

impl Part {
    /// Columns of a part, each one parameter of the statement.
    const COLUMNS: usize = 6;

    fn new(kind: Kind) -> Self {
        Part {
            kind,
            numbers: Vec::new(),
            places: Vec::new(),
            from: Vec::new(),
            to: Vec::new(),
            pairs: Vec::new(),
            bytes: Vec::new(),
        }
    }

    fn push(&mut self, at: i32, place: Place, from: Vec<u8>, to: Vec<u8>, pairs: usize, bytes: usize) {
        let most = |count| i64::try_from(count).unwrap_or(i64::MAX);
        self.numbers.push(at);
        self.places.push(number(place));
        self.from.push(from);
        self.to.push(to);
        self.pairs.push(most(pairs));
        self.bytes.push(most(bytes));
    }

    fn columns(&self) -> [(&(dyn ToSql + Sync), Type); Part::COLUMNS] {
        [
            (&self.numbers, Type::INT4_ARRAY),
            (&self.places, Type::INT4_ARRAY),
            (&self.from, Type::BYTEA_ARRAY),
            (&self.to, Type::BYTEA_ARRAY),
            (&self.pairs, Type::INT8_ARRAY),
            (&self.bytes, Type::INT8_ARRAY),
        ]
    }
}

impl Kind {
    /// The branch of the statement for queries of this kind, whose columns are the parameters after these.
    fn branch(self, before: usize) -> String {
        let [n, place, from, to, pairs, bytes] = [1, 2, 3, 4, 5, 6].map(|at| before + at);
        let queries = format!(
            "unnest(${n}::int4[], ${place}::int4[], ${from}::bytea[], ${to}::bytea[], ${pairs}::int8[], ${bytes}::int8[]) \
             q (n, place, low, high, pairs, bytes)"
        );
        match self {
            Kind::Key => format!(
                "select q.n, s.key, s.value from {queries} join soho s on s.place = q.place and s.key = q.key"
            )
            .replace("low, high", "key, high"),
            Kind::Range { backwards, bounded, limited } => {
                let order = if backwards { "order by key desc" } else { "order by key" };
                let high = if bounded { " and key < q.high" } else { "" };
                let place = "from soho where place = q.place";
                let range = format!("{place} and key >= q.low{high}");
                if !limited {
                    return format!(
                        "select q.n, r.key, r.value from {queries}, lateral (\
                             select key, value {range} {order} limit q.pairs) r"
                    );
                }
                // The server steps along the index until it has the bytes, and sends what lies before that. A sum
                // over the whole range would read to its end each time.
                // Said as a number, the planner would rather sort the whole range where it takes it for small.
                let step = |range: &str| {
                    format!(
                        "select (array_agg(key))[count(*)], count(*), coalesce(sum(octet_length(value)), 0) \
                         from (select key, value {range} {order} limit least(q.pairs, {STEP})) s"
                    )
                };
                // A value and no join, which might be made with the whole range.
                let end = "(select last from ends where last is not null order by pairs desc limit 1)";
                let (next, within) = if backwards {
                    (
                        format!("{place} and key >= q.low and key < e.last"),
                        format!("{place} and key >= {end}{high}"),
                    )
                } else {
                    (
                        format!("{place} and key > e.last{high}"),
                        format!("{place} and key >= q.low and key <= {end}"),
                    )
                };
                format!(
                    "select q.n, r.key, r.value from {queries}, lateral (
                         with recursive ends (last, pairs, bytes) as (
                             {first}
                             union all
                             select s.last, e.pairs + s.pairs, e.bytes + s.bytes
                             from ends e, lateral ({next}) s (last, pairs, bytes)
                             where e.last is not null and e.pairs < q.pairs and e.bytes < q.bytes)
                         select key, value from (
                             select key, value, sum(octet_length(value)) over (
                                 {order} rows between unbounded preceding and 1 preceding) as before
                             {within} {order} limit q.pairs) w
                         where before is null or before < q.bytes) r",
                    first = step(&range),
                    next = step(&next),
                )
            }
        }
    }
}
