"""The pages, one module a page or a family of pages."""

from web.pages import (
    budgets,
    cases,
    checkpoints,
    classes,
    findings,
    flows,
    lists,
    organisations,
    processes,
    quality,
    receipts,
    searching,
    standing,
    start,
    status,
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
        cases,
        quality,
        checkpoints,
        standing,
        status,
        tenders,
        texts,
        traces,
        verifying,
    )
)
