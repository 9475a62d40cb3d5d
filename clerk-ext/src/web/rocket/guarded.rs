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
    /// # fn example(clerk: clerk_ext::auth::Clerk) -> rocket::Rocket<rocket::Build> {
    /// rocket::build()
    ///     .attach(ClerkLayer::new(clerk))
    ///     .mount("/", Guard::signed_in().routes(routes![report]))
    ///     .mount("/admin", Guard::policy(policy::role("org:admin")).routes(routes![settings]))
    /// # }
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
