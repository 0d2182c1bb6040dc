//! Several tabs on one device: only one syncs at a time, and all show the same.

use std::cell::Cell;
use std::future::Future;
use std::rc::Rc;

use futures::channel::oneshot;
use gloo::timers::callback::Timeout;
use js_sys::{Function, Object, Promise, Reflect};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::{JsFuture, future_to_promise, spawn_local};

const CHANNEL: &str = "soho-survey";

/// Runs `work` unless another tab is running work of the same name; returns whether it ran.
///
/// A Web Lock ends with the tab that holds it, so a crashed tab blocks nobody. A browser without Web Locks
/// runs the work at once; the database's transactions alone keep the tabs' data consistent.
pub async fn alone(name: &str, work: impl Future<Output = ()> + 'static) -> bool {
    locked(name, "ifAvailable", JsValue::TRUE, work).await
}

/// Name of the lock that all pages share while they have the device's book (its database) open.
const BOOK: &str = "soho-book";
/// Time to wait for other pages to let go of the book, in milliseconds. A page that is told to does so at once.
const LETTING_GO_MS: u32 = 3_000;

/// The lock that keeps the book open, shared with other pages, until this is dropped. A browser does not keep
/// a page that holds a lock in its back/forward cache.
#[derive(Debug)]
pub struct Hold(#[expect(dead_code, reason = "dropped")] oneshot::Sender<()>);

/// Takes the shared lock of the book; waits while another page wipes the book.
pub async fn hold() -> Hold {
    let (waits, answer) = oneshot::channel::<()>();
    let (hold, until) = oneshot::channel();
    spawn_local(async move {
        let waits = Rc::new(Cell::new(Some(waits)));
        let granted = Rc::clone(&waits);
        let held = async move {
            granted.take();
            let _ = until.await;
        };
        locked(BOOK, "mode", "shared".into(), held).await;
        // Reached at once where the browser refuses the lock.
        waits.take();
    });
    // Resolves when `waits` is dropped: the lock is granted, or was refused.
    let _ = answer.await;
    Hold(hold)
}

/// Runs `work` while no other page has the book open and none can open it; returns whether it ran.
pub async fn with_book_alone(work: impl Future<Output = ()> + 'static) -> bool {
    let Ok(limit) = web_sys::AbortController::new() else { return false };
    let signal = limit.signal().into();
    let _late = Timeout::new(LETTING_GO_MS, move || limit.abort());
    locked(BOOK, "signal", signal, work).await
}

async fn locked(name: &str, option: &str, value: JsValue, work: impl Future<Output = ()> + 'static) -> bool {
    let Some((locks, request)) = locks() else {
        work.await;
        return true;
    };
    let options = Object::new();
    // Setting a property of a plain object cannot fail.
    let _ = Reflect::set(&options, &option.into(), &value);
    let held = Closure::once_into_js(move |lock: JsValue| -> Promise {
        if lock.is_null() {
            return Promise::resolve(&JsValue::FALSE);
        }
        future_to_promise(async move {
            work.await;
            Ok(JsValue::TRUE)
        })
    });
    let promise = request.call3(&locks, &name.into(), &options, &held).and_then(JsValue::dyn_into::<Promise>);
    match promise {
        Ok(promise) => JsFuture::from(promise).await.is_ok_and(|ran| ran.is_truthy()),
        Err(_) => false,
    }
}

fn locks() -> Option<(JsValue, Function)> {
    let navigator = web_sys::window()?.navigator();
    let locks = Reflect::get(&navigator, &"locks".into()).ok().filter(JsValue::is_object)?;
    let request = Reflect::get(&locks, &"request".into()).ok()?.dyn_into().ok()?;
    Some((locks, request))
}

/// The channel to the other tabs of this device.
#[derive(Debug)]
pub struct Tabs {
    channel: Option<web_sys::BroadcastChannel>,
    _heard: Closure<dyn FnMut(web_sys::MessageEvent)>,
}

impl Tabs {
    /// Opens the channel and calls `heard` with each message of another tab.
    pub fn listen(mut heard: impl FnMut(String) + 'static) -> Self {
        let heard = Closure::<dyn FnMut(_)>::new(move |event: web_sys::MessageEvent| {
            heard(event.data().as_string().unwrap_or_default());
        });
        let channel = web_sys::BroadcastChannel::new(CHANNEL).ok();
        if let Some(channel) = &channel {
            channel.set_onmessage(Some(heard.as_ref().unchecked_ref()));
        }
        Tabs { channel, _heard: heard }
    }

    /// Sends a message to the other tabs.
    pub fn tell(&self, message: &str) {
        if let Some(channel) = &self.channel {
            // Fails only on a closed channel.
            let _ = channel.post_message(&message.into());
        }
    }
}
