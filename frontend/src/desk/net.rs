//! Asking the server, and what is shown until it answers or when it does not.

use gloo::net::http::{Request, RequestBuilder};
use leptos::prelude::*;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use soho_frontend::i18n::Lang;
use soho_frontend::json;
use wasm_bindgen::JsValue;

/// A refusal in the server's words (`application/problem+json`, RFC 9457), or that the server was not reached.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Problem {
    /// Kind of problem, as an address; empty where the server was not reached.
    #[serde(default, rename = "type")]
    pub kind: String,
    /// What happened, in a few English words.
    #[serde(default)]
    pub title: Option<String>,
    /// What is wrong and what to do, in Vietnamese.
    #[serde(default)]
    pub vi: Option<String>,
    /// What is wrong and what to do, in English.
    #[serde(default)]
    pub detail: Option<String>,
    /// The field that is wrong.
    #[serde(default)]
    pub field: Option<String>,
}

impl Problem {
    /// What is wrong with what was typed, told before anything is sent; both texts as the server would word them.
    #[must_use]
    pub fn typed(vi: &str, en: &str) -> Self {
        Problem { vi: Some(vi.to_owned()), detail: Some(en.to_owned()), ..Problem::default() }
    }

    /// Says what happened and what to do next, as a sentence.
    #[must_use]
    pub fn words(&self, lang: Lang) -> String {
        let said = match lang {
            Lang::Vi => self.vi.as_ref().or(self.detail.as_ref()),
            Lang::En => self.detail.as_ref(),
        };
        let said = said.or(self.title.as_ref());
        said.map_or_else(
            || {
                lang.pick(
                    "Chưa kết nối được máy chủ. Những gì đã ghi trước đó vẫn còn; hãy kiểm tra mạng rồi thử lại.",
                    "The server was not reached. What was written before is safe; check the network and try again.",
                )
                .to_owned()
            },
            |said| sentence(said),
        )
    }
}

/// Makes a sentence of the server's words, which begin small and end without a full stop.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    let end = if text.ends_with(['.', '?', ')']) { "" } else { "." };
    format!("{first}{}{end}", letters.as_str())
}

/// How it stands with what was asked for.
#[derive(Clone, Debug, PartialEq)]
pub enum Loaded<T> {
    /// The answer is awaited.
    Asking,
    /// The answer.
    Here(T),
    /// There is none.
    Failed(Problem),
}

impl<T> Loaded<T> {
    /// The answer, if there is one.
    pub const fn here(&self) -> Option<&T> {
        if let Loaded::Here(answer) = self { Some(answer) } else { None }
    }
}

/// What a page has asked for; it asks anew when the address of its question changes.
pub struct Question<T: Send + Sync + 'static> {
    /// The answer.
    pub answer: RwSignal<Loaded<T>>,
    again: RwSignal<u32>,
    url: Memo<Option<String>>,
}

impl<T: Send + Sync + 'static> Clone for Question<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Send + Sync + 'static> Copy for Question<T> {}

impl<T: Clone + PartialEq + DeserializeOwned + Send + Sync + 'static> Question<T> {
    /// Asks for what `url` says, and again whenever that changes; nothing while it is `None`.
    pub fn of(url: impl Fn() -> Option<String> + Send + Sync + 'static) -> Self {
        let url = Memo::new(move |_| url());
        let question = Question { answer: RwSignal::new(Loaded::Asking), again: RwSignal::new(0), url };
        let number = StoredValue::new(0_u32);
        Effect::new(move |before: Option<Option<String>>| {
            question.again.track();
            let wanted = url.get();
            number.update_value(|number| *number += 1);
            let own = number.get_value();
            // Asked again, what is shown stays until the answer is there.
            let has_failed = question.answer.with_untracked(|answer| matches!(answer, Loaded::Failed(_)));
            if has_failed || before.is_none_or(|before| before != wanted) {
                question.answer.set(Loaded::Asking);
            }
            if let Some(wanted) = wanted.clone() {
                leptos::task::spawn_local(async move {
                    let answer = read(&wanted).await;
                    // Another page may be open by now, or another question asked.
                    if number.try_get_value() == Some(own) {
                        question.answer.set(match answer {
                            Ok(answer) => Loaded::Here(answer),
                            Err(problem) => Loaded::Failed(problem),
                        });
                    }
                });
            }
            wanted
        });
        question
    }

    /// Asks the same again.
    pub fn ask_again(self) {
        self.again.update(|again| *again += 1);
    }

    /// Asks the same again while what is shown stays, also where no answer comes. One that something else has overtaken, such
    /// as what was written meanwhile, is dropped.
    ///
    /// # Errors
    /// The server's refusal, or that it was not reached.
    pub async fn renew(self) -> Result<(), Problem> {
        let shown = self.answer.try_get_untracked().filter(|answer| answer.here().is_some());
        let (Some(shown), Some(url)) = (shown, self.url.try_get_untracked().flatten()) else { return Ok(()) };
        let answer = read(&url).await?;
        if self.answer.try_with_untracked(|now| *now == shown) == Some(true) {
            self.answer.try_set(Loaded::Here(answer));
        }
        Ok(())
    }
}

/// Reads what an address says.
///
/// # Errors
/// The server's refusal, or that it was not reached.
pub async fn read<T: DeserializeOwned>(url: &str) -> Result<T, Problem> {
    send(Request::get(url), None).await
}

/// Writes something, and reads what the server answers.
///
/// # Errors
/// The server's refusal, or that it was not reached.
pub async fn write<T: DeserializeOwned>(
    request: RequestBuilder,
    body: &impl Serialize,
) -> Result<T, Problem> {
    let body = serde_json::to_string(body).map_err(|_| Problem::default())?;
    send(request.header("content-type", "application/json"), Some(body.into())).await
}

/// Sends a file as it is, with its name, and reads what the server answers.
///
/// # Errors
/// The server's refusal, or that it was not reached.
pub async fn upload<T: DeserializeOwned>(url: &str, name: &str, file: JsValue) -> Result<T, Problem> {
    // An apostrophe ends the header's language.
    let name = String::from(js_sys::encode_uri_component(name)).replace('\'', "%27");
    let request = Request::post(url)
        .header("content-type", "application/octet-stream")
        .header("content-disposition", &format!("attachment; filename*=UTF-8''{name}"));
    send(request, Some(file)).await
}

async fn send<T: DeserializeOwned>(request: RequestBuilder, body: Option<JsValue>) -> Result<T, Problem> {
    let nothing = Problem::default;
    let request = match body {
        Some(body) => request.body(body),
        None => request.build(),
    };
    let response = request.map_err(|_| nothing())?.send().await.map_err(|_| nothing())?;
    let media = response.headers().get("content-type").unwrap_or_default();
    let body = response.text().await.map_err(|_| nothing())?;
    if response.ok() {
        return read_answer(&media, &body).ok_or_else(nothing);
    }
    // A proxy or a network's sign-in page may answer too.
    let problem: Option<Problem> =
        json::read(&body).ok().filter(|_| media.starts_with("application/problem+json"));
    let problem = problem.filter(|problem| problem.kind.starts_with("/problems/"));
    if problem.is_some() && response.status() == 401 {
        to_sign_in();
    }
    Err(problem.unwrap_or_default())
}

fn read_answer<T: DeserializeOwned>(media: &str, body: &str) -> Option<T> {
    media.starts_with("application/json").then(|| json::read(body).ok()).flatten()
}

/// Leads to the page that signs in, and from there back to this address.
fn to_sign_in() {
    let location = window().location();
    let here = location.pathname().unwrap_or_default() + &location.search().unwrap_or_default();
    let here = js_sys::encode_uri_component(&here);
    // Fails only for an address that is none.
    let _ = location.replace(&format!("/signin/?to={here}"));
}

#[cfg(test)]
mod tests {
    use soho_shared::wire::rounds::CommuneDetail;

    use super::*;

    #[test]
    fn refusals_are_sentences_and_never_empty() {
        let problem = Problem { vi: Some("hãy ghi lý do trả lại".to_owned()), ..Problem::default() };
        assert_eq!(problem.words(Lang::Vi), "Hãy ghi lý do trả lại.");
        assert!(problem.words(Lang::En).starts_with("The server was not reached"));
        let problem = Problem { detail: Some("đã: say why (here)".to_owned()), ..Problem::default() };
        assert_eq!(problem.words(Lang::Vi), "Đã: say why (here)");
    }

    #[test]
    fn a_commune_s_round_is_read() {
        let body = r#"{"commune":"29173","stage":"survey","frozen":false,"reported":false,"decision":null,
            "dates":["2011-10-01",null,null],"reason":null,"late":0,"recorded":812,"declared":800,
            "blocks":{"pending":3,"incomplete":1,"conflicts":0,"sent_back":0,"undeclared":2},
            "hamlets":[{"hamlet":"29173-04","name":null,"ended":false,"declared":120,
            "declared_ethnic_minority":null,"surveyor":"ap4.anduc","recorded":118,"pending":3}]}"#;
        let detail: CommuneDetail = read_answer("application/json", body).unwrap();
        assert_eq!((detail.of.blocks.pending, detail.hamlets[0].declared), (3, Some(120)));
        assert_eq!(serde_json::from_str::<CommuneDetail>(body).unwrap(), detail);
        assert!(read_answer::<CommuneDetail>("text/html", body).is_none());
    }
}
