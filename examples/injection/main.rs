//! Dependency injection: a service that knows a trait object, the client behind it in the program, a fake in a test.
//!
//! `cargo run --example injection`. The key `dyn` adds [`DynWeather`] to the trait; whatever implements `Weather` is one.

use std::error::Error;
use std::sync::Arc;

use reauth::http::StatusCode;
use reauth::testing::{LoopbackServer, json};
use reauth::{Result, api_client};
use serde::{Deserialize, Serialize};

/// What the weather is.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Report {
    /// In degrees Celsius.
    pub celsius: i8,
}

/// A weather service.
#[api_client(dyn, retry = "constant(100ms,3)")]
pub trait Weather {
    /// The weather in a city; `None` where nobody knows it.
    #[get("/weather/{city}")]
    async fn weather(&self, city: &str) -> Result<Option<Report>>;
}

/// The service of ours that needs it. It is not generic, and compiles once.
struct Wardrobe {
    weather: Arc<dyn DynWeather>,
}

impl Wardrobe {
    async fn advice(&self, city: &str) -> Result<&'static str> {
        Ok(match self.weather.weather(city).await? {
            None => "look out of the window",
            Some(report) if report.celsius < 10 => "take a coat",
            Some(_) => "a shirt will do",
        })
    }
}

/// The fake is a plain implementation of the trait.
struct Always(i8);

impl Weather for Always {
    async fn weather(&self, _city: &str) -> Result<Option<Report>> {
        Ok(Some(Report { celsius: self.0 }))
    }
}

#[tokio::main]
async fn main() -> std::result::Result<(), Box<dyn Error>> {
    let faked = Wardrobe {
        weather: Arc::new(Always(-5)),
    };
    let advice = faked.advice("Oslo").await?;
    println!("with a fake:   Oslo   {advice}");
    assert_eq!(advice, "take a coat");

    let server = LoopbackServer::start(|request| async move {
        Ok(match request.uri().path() {
            "/weather/Lisbon" => json(StatusCode::OK, &Report { celsius: 24 }),
            _ => json(StatusCode::NOT_FOUND, "nobody knows"),
        })
    })
    .await?;
    let real = Wardrobe {
        weather: Arc::new(WeatherClient::new(server.url())?),
    };
    for (city, expected) in [("Lisbon", "a shirt will do"), ("Atlantis", "look out of the window")] {
        let advice = real.advice(city).await?;
        println!("with a client: {city:8} {advice}");
        assert_eq!(advice, expected);
    }
    Ok(())
}
