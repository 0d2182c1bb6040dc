//! Several tabs on one device: one of them syncs at a time, and all show the same.

use std::future::Future;

use js_sys::{Function, Object, Promise, Reflect};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::{JsFuture, future_to_promise};

const CHANNEL: &str = "soho-survey";

/// Runs something unless another tab is running the same; says whether it ran.
///
/// Web Locks end with the tab that holds them, so a crashed tab blocks nobody. A browser without them
/// runs it at once: the database alone keeps two tabs from hurting each other.
pub async fn alone(name: &str, work: impl Future<Output = ()> + 'static) -> bool {
    locked(name, ("ifAvailable", JsValue::TRUE), work).await
}

/// Runs something, in several tabs at once too, while the page cannot be frozen: a browser does not put a
/// page that holds a lock aside for the back button. One put aside while it makes the database would keep
/// every later page from opening it.
pub async fn awake(name: &str, work: impl Future<Output = ()> + 'static) -> bool {
    locked(name, ("mode", "shared".into()), work).await
}

async fn locked(name: &str, option: (&str, JsValue), work: impl Future<Output = ()> + 'static) -> bool {
    let Some((locks, request)) = locks() else {
        work.await;
        return true;
    };
    let options = Object::new();
    // Setting a property of a plain object cannot fail.
    let _ = Reflect::set(&options, &option.0.into(), &option.1);
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
