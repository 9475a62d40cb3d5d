use clerk_bapi::{
    agent_tasks::{CreateAgentTask, CreateAgentTaskBody, RevokeAgentTask},
    types::CreateAgentTaskOnBehalfOf,
};
use clerk_core::{AgentTaskId, UserId};

use crate::backend::handle::handle;

handle! {
    /// Sign-ins of software agents in the name of users, each for one piece of work.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let local = clerk_local::LocalClerk::builder().start().await?;
    /// # let clerk = clerk_ext::backend::Backend::builder().secret_key(&local.secret_key()).api_url(local.backend_url()).build()?;
    /// let ann = clerk.users().create().email_address(["ann@example.com"]).skip_password_requirement(true).await?;
    /// let inbox = "https://app.example.com/inbox";
    /// let task = clerk.agent_tasks().create(&ann.id, "Scout", "sort the inbox", inbox).await?;
    /// // The agent opens it, is signed in as Ann, and gets to the inbox.
    /// assert!(task.url.is_some());
    /// # Ok(()) }
    /// ```
    AgentTasks = agent_tasks
}

impl AgentTasks {
    /// Lets the agent of this name sign in as `user`, for the task described, and sends it to `redirect_url` then.
    ///
    /// The session is good for half an hour unless told otherwise. The agent may do all that the user may: the API has no
    /// narrower permissions yet.
    pub fn create(
        &self,
        user: impl Into<UserId>,
        agent: impl Into<String>,
        task: impl Into<String>,
        redirect_url: impl Into<String>,
    ) -> CreateAgentTask {
        let mut on_behalf_of = CreateAgentTaskOnBehalfOf::new();
        on_behalf_of.user_id = Some(user.into());
        self.create_with(CreateAgentTaskBody::new(on_behalf_of, "*", agent, task, redirect_url))
    }

    /// The same with all that the API takes, such as a user by their address.
    ///
    /// The body is of the generated client: `clerk_bapi::agent_tasks::CreateAgentTaskBody`.
    pub fn create_with(&self, body: impl Into<CreateAgentTaskBody>) -> CreateAgentTask {
        self.client.create_agent_task(body)
    }

    /// Makes the URL of a task void, as long as the agent has not opened it.
    pub fn revoke(&self, task: impl Into<AgentTaskId>) -> RevokeAgentTask {
        self.client.revoke_agent_task(task)
    }
}
