// Behaviour of the portal's pages.
