"""The API as most people would write it with FastAPI and SQLAlchemy: create, read and list.

DATABASE_DSN=postgresql://… uvicorn plain:app --app-dir benchmarks/peers
"""

import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID, uuid4

from fastapi import Depends, FastAPI, Header, HTTPException
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from sqlalchemy import DateTime, ForeignKey, Index, func, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

engine = create_async_engine(
    os.environ["DATABASE_DSN"].replace("postgresql://", "postgresql+asyncpg://")
)
new_session = async_sessionmaker(engine, expire_on_commit=False)


class Base(DeclarativeBase):
    """All tables."""

    type_annotation_map = {datetime: DateTime(timezone=True)}  # noqa: RUF012 - SQLAlchemy's own way


class Event(Base):
    """An event."""

    __tablename__ = "plain_events"
    __table_args__ = (Index("plain_events_starts", "user_id", "starts_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    user_id: Mapped[str]
    title: Mapped[str]
    description: Mapped[str | None]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    notify_before: Mapped[timedelta | None]
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())
    reminder: Mapped["Reminder | None"] = relationship(lazy="noload")


class Reminder(Base):
    """When the user is to be notified of an event."""

    __tablename__ = "plain_reminders"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    event_id: Mapped[UUID] = mapped_column(ForeignKey("plain_events.id", ondelete="CASCADE"))
    due_at: Mapped[datetime] = mapped_column(index=True)


class EventIn(BaseModel):
    """An event as a client sends it."""

    title: str = Field(min_length=1, max_length=255)
    description: str | None = Field(default=None, max_length=65_536)
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    notify_before: timedelta | None = None


class EventOut(EventIn):
    """An event as a client gets it."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    user_id: str
    version: int
    created_at: AwareDatetime
    updated_at: AwareDatetime


class Page(BaseModel):
    """Events of a window."""

    items: list[EventOut]


@asynccontextmanager
async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
    """Creates the tables."""
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    yield
    await engine.dispose()


async def session() -> AsyncIterator[AsyncSession]:
    """One for each request."""
    async with new_session() as opened:
        yield opened


app = FastAPI(lifespan=lifespan)
Session = Annotated[AsyncSession, Depends(session)]
User = Annotated[str, Header(alias="X-User-Id")]


@app.post("/v1/events", status_code=201, response_model=EventOut)
async def create_event(event: EventIn, user: User, session: Session) -> Event:
    """Creates an event and its reminder."""
    stored = Event(user_id=user, **event.model_dump())
    if event.notify_before is not None:
        stored.reminder = Reminder(due_at=event.starts_at - event.notify_before)
    session.add(stored)
    await session.commit()
    return stored


@app.get("/v1/events/{event_id}", response_model=EventOut)
async def read_event(event_id: UUID, user: User, session: Session) -> Event:
    """Returns one event of the user."""
    event = await session.scalar(select(Event).where(Event.id == event_id, Event.user_id == user))
    if event is None:
        raise HTTPException(404)
    return event


@app.get("/v1/events", response_model=Page)
async def list_events(
    start: AwareDatetime, end: AwareDatetime, user: User, session: Session
) -> dict[str, Sequence[Event]]:
    """Lists the events that overlap a window."""
    found = await session.scalars(
        select(Event)
        .where(Event.user_id == user, Event.starts_at < end, Event.ends_at > start)
        .order_by(Event.starts_at, Event.id)
        .limit(1000)
    )
    return {"items": found.all()}


@app.get("/readyz")
async def ready() -> None:
    """Returns 200."""
