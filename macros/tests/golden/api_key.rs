#[api_client(auth = api_key(X-Api-Key), base_url = "https://weather.example.com")]
pub trait Weather {
    #[get("/now")]
    async fn now(&self) -> Result<Text>;
}
