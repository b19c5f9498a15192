"""The core of Fitting Room, in the order in which an event meets it.

`domain` holds values, `ports` the roles that stores and services play. On them stand

    catalogue      is the product known?           tracking    is it an event?
    sessions       what has the visit done?        priors      what does the night know?
    merchandising  what may be shown?              ranking     which products, in which order?
    policies       how are the slots drawn?        decisions   all of it made at once, and kept
    experiments    who gets which way?             explanations  why?
    profiles       what the page reads             recommendations  what it asks for
    learning       what came of it

and beside the way of an event `off_policy` (what would another policy have been worth?) and
`replay` (is a past decision made again bit for bit?). Each imports only those before it.
"""
