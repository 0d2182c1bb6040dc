//! Several tabs on one device: one of them syncs at a time, and all show the same.

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

/// Runs something unless another tab is running the same; says whether it ran.
///
/// Web Locks end with the tab that holds them, so a crashed tab blocks nobody. A browser without them
/// runs it at once: the database alone keeps two tabs from hurting each other.
pub async fn alone(name: &str, work: impl Future<Output = ()> + 'static) -> bool {
    locked(name, "ifAvailable", JsValue::TRUE, work).await
}

/// What every page holds together while it has the device's book open.
const BOOK: &str = "soho-book";
/// How long to wait for other pages to let go of the book: one that was told to does so at once.
const LETTING_GO_MS: u32 = 3_000;

/// The book is held open, together with other pages, until this is dropped. A browser does not put a page that
/// holds a lock aside for the back button.
#[derive(Debug)]
pub struct Hold(#[expect(dead_code, reason = "dropped")] oneshot::Sender<()>);

/// Holds the book; waits while a page wipes it.
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
        // Where the browser refuses.
        waits.take();
    });
    // Ends when it is dropped.
    let _ = answer.await;
    Hold(hold)
}

/// Runs something while no other page holds the book, and no page comes to hold it; says whether it ran.
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

/// A line to the other tabs of this device.
#[derive(Debug)]
pub struct Tabs {
    channel: Option<web_sys::BroadcastChannel>,
    _heard: Closure<dyn FnMut(web_sys::MessageEvent)>,
}

impl Tabs {
    /// Listens to the other tabs.
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

    /// Tells the other tabs.
    pub fn tell(&self, message: &str) {
        if let Some(channel) = &self.channel {
            // Fails only on a closed channel.
            let _ = channel.post_message(&message.into());
        }
    }
}
