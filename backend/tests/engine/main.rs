//! What every engine must hold to, written once and run on each.
//!
//! An engine is opened twice, as by two processes; one that a single process must have to itself is given to both
//! sides. A new engine gets a module here with a `two()` and `suite!()`.

mod contract;
mod model;

#[cfg(feature = "postgres")]
mod postgres;

use std::any::Any;
use std::sync::Arc;

use soho::engine::Engine;

/// One store, opened twice.
struct Two {
    one: Arc<dyn Engine>,
    other: Arc<dyn Engine>,
    /// What goes when the test is over: a folder, a server.
    _home: Box<dyn Any + Send + Sync>,
}

/// The contract, for an engine that `two()` opens: a test for each sentence. With a name, a list of them.
macro_rules! suite {
    ($($list:ident)?) => {
        crate::suite!(
            [$($list)?]
            contract::answers_are_those_of_a_map,
            contract::a_range_ends_by_pairs_and_by_bytes,
            contract::a_scan_reads_everything_once,
            contract::keys_and_values_are_any_bytes,
            contract::a_head_moves_with_each_batch,
            contract::a_stale_batch_leaves_nothing,
            contract::a_head_may_stay_while_a_backup_is_restored,
            contract::a_head_that_is_not_yet_there_may_stay_too,
            contract::stale_batches_spare_the_others,
            contract::counting_from_two_sides_loses_nothing,
            contract::beginning_a_place_from_two_sides_happens_once,
            contract::places_are_written_at_once,
            contract::answers_are_of_one_moment,
            contract::a_watcher_hears_of_the_other,
            contract::large_values_come_back,
            contract::many_small_values_come_back,
            contract::calls_are_made_on_any_thread,
            contract::a_closed_engine_answers_nothing,
            model::random_batches_and_questions_agree_with_a_map,
        );
    };
    ([] $($module:ident::$name:ident),* $(,)?) => {
        $(
            #[test]
            fn $name() {
                crate::$module::$name(&two());
            }
        )*
    };
    ([$list:ident] $($module:ident::$name:ident),* $(,)?) => {
        const $list: &[fn(&crate::Two)] = &[$(crate::$module::$name),*];
    };
}
use suite;

mod memory {
    use std::sync::Arc;

    use soho::engine::memory::MemoryEngine;

    use crate::Two;

    fn two() -> Two {
        let one = MemoryEngine::default();
        let other = one.another();
        Two { one: Arc::new(one), other: Arc::new(other), _home: Box::new(()) }
    }

    crate::suite!();
}

mod sled {
    use std::sync::Arc;

    use soho::engine::{Engine, SledEngine};

    use crate::Two;

    /// A directory is one process's alone: both sides have the same engine.
    fn two() -> Two {
        let home = tempfile::tempdir().expect("a directory can be made");
        let engine: Arc<dyn Engine> =
            Arc::new(SledEngine::open(home.path(), |_, _| Ok(u64::MAX), true).expect("it opens"));
        Two { one: Arc::clone(&engine), other: engine, _home: Box::new(home) }
    }

    crate::suite!();
}
