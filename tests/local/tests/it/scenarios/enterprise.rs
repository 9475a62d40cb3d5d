//! Single sign-on of organizations.

scenarios![];
