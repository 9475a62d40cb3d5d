use rocket::{
    Data, Request, Route,
    route::{Handler, Outcome},
};

use super::{checked, parts, path_parameter, response};
use crate::web::{Guard, Rejection};

impl Guard {
    /// Closes routes of Rocket: their handlers run for those alone who are let in.
    ///
    /// ```
    /// use clerk_ext::{auth::policy, web::{ClerkLayer, Guard}};
    /// use rocket::{get, routes};
    ///
    /// #[get("/report")]
    /// fn report() -> &'static str { "for those who are signed in" }
    ///
    /// #[get("/settings")]
    /// fn settings() -> &'static str { "for admins" }
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let ann = clerk_local::SeedUser::new("ann@example.com").id("user_ann");
    /// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
    /// # let token = local.sign_in_as("ann@example.com").ok_or("nobody of that name")?.session_token;
    /// # let clerk = clerk_ext::auth::Clerk::builder().publishable_key(&local.publishable_key()).secret_key(&local.secret_key());
    /// # let clerk = clerk.api_url(local.backend_url()).build()?;
    /// let app = rocket::build()
    ///     .attach(ClerkLayer::new(clerk))
    ///     .mount("/", Guard::signed_in().routes(routes![report]))
    ///     .mount("/admin", Guard::policy(policy::role("org:admin")).routes(routes![settings]));
    /// # use rocket::http::{Header, Status};
    /// # let client = rocket::local::asynchronous::Client::untracked(app).await?;
    /// # let bearer = Header::new("authorization", format!("Bearer {}", token.expose()));
    /// # assert_eq!(client.get("/report").header(bearer.clone()).dispatch().await.status(), Status::Ok);
    /// # assert_eq!(client.get("/report").dispatch().await.status(), Status::Unauthorized);
    /// # assert_eq!(client.get("/admin/settings").header(bearer).dispatch().await.status(), Status::Forbidden);
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn routes(&self, routes: impl Into<Vec<Route>>) -> Vec<Route> {
        let mut routes = routes.into();
        for route in &mut routes {
            let handler = route.handler.clone();
            route.handler = Box::new(Guarded { guard: self.clone(), handler });
        }
        routes
    }
}

#[derive(Clone)]
struct Guarded {
    guard: Guard,
    handler: Box<dyn Handler>,
}

#[rocket::async_trait]
impl Handler for Guarded {
    async fn handle<'r>(&self, request: &'r Request<'_>, data: Data<'r>) -> Outcome<'r> {
        match admit(&self.guard, request) {
            Ok(()) => self.handler.handle(request, data).await,
            Err(rejection) => Outcome::Success(response(rejection.into_response())),
        }
    }
}

fn admit(guard: &Guard, request: &Request<'_>) -> Result<(), Rejection> {
    let checked = checked(request, "a Guard")?;
    guard
        .admit(checked, &|name| path_parameter(request, name))
        .map_err(|refused| checked.refuse(&refused, &parts(request)))
}
