//! Stripe's API: forms in, JSON out.

mod errors;
mod lists;
mod sessions;

use std::collections::BTreeMap;

use reauth::{
    ApiError, BoxError, Cached, DecodeError, Form, NextPage, PageHead, Pages, Paging, Result, Token, TokenRequest,
    TokenSource, api_client,
};
use serde::{Deserialize, Serialize};

use super::answer::Answer;
use super::wire::Wire;

type StripeResult<T> = Result<T, ApiError<Envelope>>;

/// What Stripe says with a 4xx.
#[derive(Debug, Deserialize)]
struct Envelope {
    error: StripeError,
}

#[derive(Debug, Deserialize, PartialEq)]
struct StripeError {
    r#type: ErrorType,
    code: Option<String>,
    param: Option<String>,
    message: Option<String>,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "snake_case")]
enum ErrorType {
    CardError,
    InvalidRequestError,
    #[serde(other)]
    Other,
}

#[derive(Serialize)]
struct NewSession<'a> {
    mode: Mode,
    line_items: &'a [LineItem<'a>],
    customer: Option<&'a str>,
    automatic_tax: AutomaticTax,
    metadata: BTreeMap<&'a str, &'a str>,
    #[serde(rename = "expand[]")]
    expand: &'a [&'a str],
}

#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum Mode {
    Payment,
}

#[derive(Serialize)]
struct LineItem<'a> {
    price: &'a str,
    quantity: u32,
    adjustable_quantity: Option<AutomaticTax>,
}

#[derive(Serialize)]
struct AutomaticTax {
    enabled: bool,
}

#[derive(Debug, Deserialize)]
struct Session {
    id: String,
}

#[derive(Debug, Deserialize)]
struct Customer {
    id: String,
}

/// One page.
#[derive(Debug, Deserialize)]
struct List<T> {
    data: Vec<T>,
    has_more: bool,
}

impl<T> IntoIterator for List<T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.data.into_iter()
    }
}

/// The next page starts after the last object of this one.
#[derive(Default)]
struct StartingAfter;

impl Paging<List<Customer>> for StartingAfter {
    fn next(&mut self, page: &List<Customer>, _: &PageHead<'_>) -> Result<Option<NextPage>, DecodeError> {
        match page.data.last() {
            Some(last) if page.has_more => Ok(Some(NextPage::query("starting_after", &last.id))),
            None if page.has_more => Err(DecodeError::custom("there is more, but nothing to start after")),
            _ => Ok(None),
        }
    }
}

#[api_client(auth = "Cached<SecretKey>", retry = "constant(1ms,2)")]
#[headers("Stripe-Version: 2025-09-30.clover")]
trait Stripe {
    #[post("/v1/checkout/sessions", idempotency_key)]
    async fn create_session(&self, #[body] session: Form<&NewSession<'_>>) -> StripeResult<Session>;

    /// For an account that is connected to ours, where one is named.
    #[get("/v1/customers")]
    async fn customers(
        &self,
        #[query] limit: Option<u8>,
        #[query("created[gte]")] created_since: Option<u64>,
        #[query("expand[]")] expand: &[&str],
        #[header("Stripe-Account")] account: Option<&str>,
    ) -> StripeResult<Pages<List<Customer>, StartingAfter>>;
}

/// A secret key is sent as a bearer token, and never changes.
struct SecretKey;

impl TokenSource for SecretKey {
    async fn fetch(&self, _: &TokenRequest) -> Result<Token, BoxError> {
        Ok(Token::bearer("sk_test_4eC39HqLyjWDarjtT1zdp7dc")?)
    }
}

async fn stripe<A: Into<Answer>>(answers: impl IntoIterator<Item = A>) -> (Wire, StripeClient) {
    let api = Wire::start(answers).await;
    let client = StripeClient::new(api.url(), Cached::new(SecretKey)).unwrap();
    (api, client)
}
