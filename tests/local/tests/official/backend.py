"""Drives Clerk's backend SDK for Python against a local Clerk."""

import os

import httpx
from clerk_backend_api import Clerk, models
from clerk_backend_api.security import AuthenticateRequestOptions, VerifyTokenOptions, authenticate_request, verify_token

SECRET = os.environ["CLERK_SECRET_KEY"]
BACKEND = os.environ["CLERK_API_URL"]
PASSWORD = "correct horse battery 9"


def refused(status, code, call):
    try:
        call()
    except models.ClerkBaseError as error:
        assert error.status_code == status, error
        assert code in error.body, error.body
    else:
        raise AssertionError(f"nothing was refused, expected {code}")


def users(clerk):
    ann = clerk.users.create(
        email_address=["ann@example.com"], password=PASSWORD, first_name="Ann", public_metadata={"plan": "gold"},
    )
    bob = clerk.users.create(
        email_address=["bob@example.com"], skip_password_requirement=True,
    )
    assert clerk.users.get(user_id=ann.id).first_name == "Ann"
    assert clerk.users.update(user_id=ann.id, last_name="Bell").last_name == "Bell"
    merged = clerk.users.update_metadata(user_id=ann.id, public_metadata={"seats": 3})
    assert merged.public_metadata == {"plan": "gold", "seats": 3}, merged.public_metadata
    listed = clerk.users.list(request=models.GetUserListRequest(limit=10, order_by="+created_at"))
    assert [user.id for user in listed] == [ann.id, bob.id]
    found = clerk.users.list(request=models.GetUserListRequest(email_address=["bob@example.com"]))
    assert [user.id for user in found] == [bob.id]
    assert clerk.users.count(request=models.GetUsersCountRequest()).total_count == 2
    assert clerk.users.ban(user_id=bob.id).banned
    assert not clerk.users.unban(user_id=bob.id).banned
    refused(422, "form_identifier_exists", lambda: clerk.users.create(email_address=["ann@example.com"], password=PASSWORD))
    carol = clerk.users.create(email_address=["carol@example.com"], password=PASSWORD)
    assert clerk.users.delete(user_id=carol.id).deleted
    refused(404, "resource_not_found", lambda: clerk.users.get(user_id=carol.id))
    return ann, bob


def organizations(clerk, ann, bob):
    made = clerk.organizations.create(request=models.CreateOrganizationRequestBody(name="Acme", created_by=ann.id))
    memberships = clerk.organization_memberships
    assert memberships.create(organization_id=made.id, user_id=bob.id, role="org:member").role == "org:member"
    listed = memberships.list(organization_id=made.id)
    assert listed.total_count == 2
    assert {it.public_user_data.user_id for it in listed.data} == {ann.id, bob.id}
    assert memberships.update(organization_id=made.id, user_id=bob.id, role="org:admin").role == "org:admin"
    memberships.delete(organization_id=made.id, user_id=bob.id)
    assert clerk.organizations.get(organization_id=made.id).name == "Acme"
    assert clerk.organizations.list().total_count == 1


def sessions(clerk, ann):
    assert clerk.jwks.get_jwks().keys
    session = clerk.sessions.create(request=models.CreateSessionRequestBody(user_id=ann.id))
    token = clerk.sessions.create_token(session_id=session.id).jwt
    by_network = verify_token(token, VerifyTokenOptions(secret_key=SECRET, api_url=BACKEND))
    assert (by_network["sub"], by_network["sid"]) == (ann.id, session.id)
    # Requests are authenticated with the key at hand: this part of the SDK knows no other address than the real one's.
    options = AuthenticateRequestOptions(secret_key=SECRET, jwt_key=os.environ["CLERK_JWT_KEY"])
    for headers in [{"authorization": f"Bearer {token}"}, {"cookie": f"__session={token}"}]:
        state = authenticate_request(httpx.Request("GET", "http://localhost", headers=headers), options)
        assert state.is_signed_in, (headers, state.reason)
        assert state.payload["sub"] == ann.id
    assert not authenticate_request(httpx.Request("GET", "http://localhost"), options).is_signed_in
    assert clerk.sessions.revoke(session_id=session.id).status == "revoked"


def main():
    with Clerk(bearer_auth=SECRET, server_url=f"{BACKEND}/v1", retry_config=None) as clerk:
        ann, bob = users(clerk)
        sessions(clerk, ann)
        organizations(clerk, ann, bob)
    print("done")


main()
