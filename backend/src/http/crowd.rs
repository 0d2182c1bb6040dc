//! Limit on the requests of one network address that are under way at once.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::kinds;
use super::problem::Failure;
use super::settings::client;
use crate::accounts::network;
use crate::connections::hold;

/// Most requests of one address: live figures of a whole office, and everybody at work beside them.
const MOST: usize = 256;

type Counts = Arc<Mutex<HashMap<IpAddr, usize>>>;

/// Numbers of requests under way, by address.
#[derive(Clone, Debug, Default)]
pub(super) struct Crowd(Counts);

/// A request under way, which is counted until this is dropped.
struct Ticket(Counts, IpAddr);

impl Crowd {
    fn enter(&self, address: IpAddr) -> Option<Ticket> {
        let address = network(address);
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(address).or_default();
        if *count >= MOST {
            return None;
        }
        *count += 1;
        Some(Ticket(Arc::clone(&self.0), address))
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.1) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.1);
            }
        }
    }
}

/// Lets an address have at most [`MOST`] requests under way. Those of this machine itself are not counted.
pub(super) async fn bounded(State(crowd): State<Crowd>, request: Request, next: Next) -> Response {
    let address = client(&request);
    if address.is_loopback() {
        return next.run(request).await;
    }
    let Some(ticket) = crowd.enter(address) else {
        let detail = "too many requests of this network address are under way: try again later";
        return Failure::new(503, kinds::TIMEOUT, "The server is too busy", detail)
            .vi("máy chủ đang bận: hãy thử lại sau")
            .into_response();
    };
    // Counted until the last of the answer is sent.
    next.run(request).await.map(|body| hold(body, ticket))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_its_share_and_gets_it_back() {
        let crowd = Crowd::default();
        let address = |i: u8| IpAddr::from([192, 0, 2, i]);
        let mut tickets: Vec<_> = (0..MOST).map(|_| crowd.enter(address(1)).unwrap()).collect();
        assert!(crowd.enter(address(1)).is_none() && crowd.enter(address(2)).is_some());
        tickets.pop();
        assert!(crowd.enter(address(1)).is_some());
        drop(tickets);
        assert!(crowd.0.lock().unwrap().is_empty());
    }
}
