"""search terms and counts of queries

Revision ID: 0002
Revises: 0001
Create Date: 2026-11-24 13:20:11.602418

"""
from typing import Sequence, Union

from alembic import op
import sqlalchemy as sa


# revision identifiers, used by Alembic.
revision: str = "0002"
down_revision: Union[str, Sequence[str], None] = "0001"
branch_labels: Union[str, Sequence[str], None] = None
depends_on: Union[str, Sequence[str], None] = None


def upgrade() -> None:
    """Upgrade schema."""
    op.create_table('query_counts',
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('query', sa.String(length=50), nullable=False),
    sa.Column('searches', sa.Integer(), nullable=False),
    sa.Column('found', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('day', 'query', name=op.f('pk_query_counts'))
    )
    op.create_table('search_terms',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('text', sa.String(length=200), nullable=False),
    sa.Column('added_by', sa.String(length=255), nullable=False),
    sa.Column('added_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_search_terms'))
    )


def downgrade() -> None:
    """Downgrade schema."""
    op.drop_table('search_terms')
    op.drop_table('query_counts')
