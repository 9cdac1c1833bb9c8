//! A form with nested names, and a key that keeps its effect to one.

use std::collections::BTreeMap;

use reauth::Form;

use super::{AutomaticTax, LineItem, Mode, NewSession, Stripe as _, stripe};

/// `mode=payment&line_items[0][price]=price_1&…&metadata[order id]=6735&expand[]=customer`: brackets are encoded too.
const CREATE: &str = "
POST /v1/checkout/sessions HTTP/1.1
accept: */*
authorization: Bearer sk_test_4eC39HqLyjWDarjtT1zdp7dc
content-length: 348
content-type: application/x-www-form-urlencoded
host: {host}
idempotency-key: {key 1}
stripe-version: 2025-09-30.clover
user-agent: reauth/{version}

mode=payment&line_items%5B0%5D%5Bprice%5D=price_1&line_items%5B0%5D%5Bquantity%5D=2&line_items%5B1%5D%5Bprice%5D=price_2&line_items%5B1%5D%5Bquantity%5D=1&line_items%5B1%5D%5Badjustable_quantity%5D%5Benabled%5D=true&automatic_tax%5Benabled%5D=true&metadata%5Bnote%5D=a+%26+b&metadata%5Border+id%5D=6735&expand%5B%5D=customer&expand%5B%5D=line_items
";

const TRY_LATER: &str = r#"
HTTP/1.1 503 Service Unavailable
content-type: application/json

{"error":{"type":"api_error","message":"try again"}}
"#;

const CREATED: &str = r#"
HTTP/1.1 200 OK
content-type: application/json

{"id":"cs_test_1","object":"checkout.session"}
"#;

#[tokio::test]
async fn a_form_is_nested_and_its_key_the_same_on_each_attempt_of_one_call() {
    let (api, stripe) = stripe([TRY_LATER, TRY_LATER, CREATED, CREATED]).await;
    let session = NewSession {
        mode: Mode::Payment,
        line_items: &[
            LineItem {
                price: "price_1",
                quantity: 2,
                adjustable_quantity: None,
            },
            LineItem {
                price: "price_2",
                quantity: 1,
                adjustable_quantity: Some(AutomaticTax { enabled: true }),
            },
        ],
        customer: None,
        automatic_tax: AutomaticTax { enabled: true },
        metadata: BTreeMap::from([("order id", "6735"), ("note", "a & b")]),
        expand: &["customer", "line_items"],
    };
    assert_eq!(stripe.create_session(Form(&session)).await.unwrap().id, "cs_test_1");
    api.saw([CREATE, CREATE, CREATE]);

    stripe.create_session(Form(&session)).await.unwrap();
    api.saw([&CREATE.replace("{key 1}", "{key 2}")]);
}
