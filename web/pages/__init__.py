"""The pages, one module a page or a family of pages."""

from web.pages import (
    budgets,
    classes,
    findings,
    flows,
    lists,
    organisations,
    processes,
    receipts,
    searching,
    standing,
    start,
    tenders,
    texts,
    traces,
    verifying,
)

ROUTERS = tuple(
    module.router
    for module in (
        start,
        searching,
        receipts,
        processes,
        budgets,
        classes,
        flows,
        organisations,
        lists,
        findings,
        standing,
        tenders,
        texts,
        traces,
        verifying,
    )
)
