"""What asks for erasures and reads their receipts, by command or over HTTP."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

from personalization.audit.recording import Auditor, Change
from personalization.domain.clock import Clock
from personalization.domain.identifiers import SessionId, UserId
from personalization.erasure.erasure_request import (
    THE_PERSON,
    ErasureRequest,
    ErasureState,
    RequestBook,
    parts_of,
)
from personalization.erasure.receipt import ReceiptSigner, SignedReceipt, receipt_of


@dataclass(frozen=True, slots=True)
class ErasureService:
    book: RequestBook
    signer: ReceiptSigner
    auditor: Auditor
    clock: Clock

    def begin(
        self, sessions: Iterable[SessionId], users: Sequence[UserId], asked_by: str
    ) -> list[str]:
        """Ask for an erasure, and return the names of its requests; raises `StoreFullError`.

        Of many sessions one part at a time is in memory.
        """
        ids, count = list[str](), 0
        for request in parts_of(sessions, users, asked_by, self.clock.now()):
            ids.append(self._ask(request))
            count += request.session_count
        note = f"{count} sessions, {len(users)} users, {len(ids)} requests"
        self.auditor.record(
            Change(author=asked_by, action="erasure.ask", subject=ids[0], note=note)
        )
        return ids

    def _ask(self, request: ErasureRequest) -> str:
        """Keep a request, unless the same is kept: a command that was killed is given again."""
        if request.sessions:
            who = () if request.asked_by == THE_PERSON else (request.asked_by,)
            name = "\0".join((*who, *request.sessions, *request.users))
            request_id = sha256(f"erasure\0{name}".encode()).hexdigest()[:32]
            if not self.book.has(request_id):
                request = replace(request, request_id=request_id)
            elif request.asked_by == THE_PERSON or self._waits(request_id):
                return request_id
        self.book.add(request)
        return request.request_id

    def _waits(self, request_id: str) -> bool:
        return self.book.read(request_id).state is ErasureState.WAITING

    def receipt(self, request_id: str, *, public: bool = False) -> SignedReceipt:
        """Return the receipt as of now; one that is public names no key and no machine.

        Raises `UnknownNameError` where there is no such request.
        """
        request = self.book.read(request_id)
        if public:
            stores = "a store that does not answer" if request.waits_for else ""
            asked_by = request.asked_by if request.asked_by == THE_PERSON else "the shop"
            request = replace(request, waits_for=stores, asked_by=asked_by)
        return self.signer.sign(receipt_of(request))
