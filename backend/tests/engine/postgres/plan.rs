//! How PostgreSQL finds what is asked: by the index, and no further than needed.

use std::thread;
use std::time::Duration;

use soho::engine::{Query, Range};

use super::{cluster, database, open};
use crate::contract::write;

#[test]
fn questions_are_answered_by_the_index_in_both_directions() {
    let cluster = cluster();
    let name = database(&cluster);
    let address = cluster.address(&name);
    // Counted once whoever caused it is gone.
    let counted = |what: &str| -> u64 {
        let say = |asked: &str| cluster.say(&name, asked).expect("it answers");
        while say("select count(*) from pg_stat_activity where datname = current_database()") != "1\n" {
            thread::sleep(Duration::from_millis(20));
        }
        say(&format!("select {what} from pg_stat_user_tables where relname = 'soho'"))
            .trim()
            .parse()
            .expect("a number")
    };
    let pairs = |place: [u8; 4]| -> Vec<_> {
        (0u16..4000).map(|at| ([&place[..], &at.to_be_bytes()].concat(), vec![7; 100])).collect()
    };
    let engine = open(&address);
    for place in 0..5 {
        write(&*engine, [place; 4], &pairs([place; 4]));
    }
    drop(engine);
    for analysed in [false, true] {
        if analysed {
            cluster.say(&name, "analyze soho").expect("it is analysed");
        }
        let (scans, rows) = (counted("seq_scan"), counted("idx_tup_fetch"));
        let all = Range::of(&[3; 4]);
        let within = Range::between(vec![3, 3, 3, 3, 1], vec![3, 3, 3, 3, 2]);
        let mut queries = vec![Query::Key(pairs([3; 4])[17].0.clone())];
        for range in [all, within] {
            queries.push(Query::Range(range.clone().pairs(2)));
            queries.push(Query::Range(range.clone().backwards().pairs(2)));
            queries.push(Query::Range(range.clone().bytes(150)));
            queries.push(Query::Range(range.backwards().bytes(150)));
        }
        let engine = open(&address);
        for _ in 0..10 {
            let answers = engine.read(&queries).expect("it answers");
            assert_eq!(answers.iter().map(Vec::len).collect::<Vec<_>>(), [1, 2, 2, 3, 2, 2, 2, 2, 2]);
        }
        drop(engine);
        assert_eq!(counted("seq_scan"), scans);
        // A range that is limited by bytes looks at the sizes of a step more than it sends.
        let fetched = counted("idx_tup_fetch") - rows;
        assert!(fetched <= 10 * (1 + 4 * 2 + 4 * (128 + 128)), "{fetched}");
    }
}
