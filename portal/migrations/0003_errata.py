"""errata, their changes, and where a correction points

Revision ID: 0003
Revises: 0002
Create Date: 2026-11-24 16:12:40.113207

"""
from typing import Sequence, Union

from alembic import op
import sqlalchemy as sa


# revision identifiers, used by Alembic.
revision: str = "0003"
down_revision: Union[str, Sequence[str], None] = "0002"
branch_labels: Union[str, Sequence[str], None] = None
depends_on: Union[str, Sequence[str], None] = None


def upgrade() -> None:
    """Upgrade schema."""
    op.create_table('errata',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('number', sa.String(length=40), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('reporter', sa.Text(), nullable=False),
    sa.Column('reported_on', sa.Date(), nullable=True),
    sa.Column('proposed_by', sa.String(length=255), nullable=False),
    sa.Column('proposed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('approved_by', sa.String(length=255), nullable=False),
    sa.Column('corrected_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('withdrawn_by', sa.String(length=255), nullable=False),
    sa.Column('withdrawn_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('withdrawn_reason', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_errata')),
    sa.UniqueConstraint('number', name=op.f('uq_errata_number'))
    )
    op.create_index(op.f('ix_errata_corrected_at'), 'errata', ['corrected_at'], unique=False)
    op.create_index(op.f('ix_errata_state'), 'errata', ['state'], unique=False)
    op.create_table('changes',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('erratum_id', sa.Integer(), nullable=False),
    sa.Column('page_id', sa.Integer(), nullable=False),
    sa.Column('revision_id', sa.Integer(), nullable=True),
    sa.Column('base', sa.Integer(), nullable=False),
    sa.Column('anchor', sa.String(length=80), nullable=False),
    sa.Column('written', sa.Text(), nullable=False),
    sa.Column('before', sa.Text(), nullable=False),
    sa.Column('after', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['erratum_id'], ['errata.id'], name=op.f('fk_changes_erratum_id')),
    sa.ForeignKeyConstraint(['page_id'], ['pages.id'], name=op.f('fk_changes_page_id')),
    sa.ForeignKeyConstraint(['revision_id'], ['revisions.id'], name=op.f('fk_changes_revision_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_changes'))
    )
    op.create_index(op.f('ix_changes_erratum_id'), 'changes', ['erratum_id'], unique=False)
    op.create_index(op.f('ix_changes_page_id'), 'changes', ['page_id'], unique=False)
    for column in ('prefix', 'suffix'):
        op.add_column('submissions', sa.Column(column, sa.String(length=32), server_default=sa.text("''"), nullable=False))
    op.add_column('submissions', sa.Column('release', sa.Integer(), nullable=True))
    for table in ('revisions', 'submissions'):
        # Both databases read this; Alembic would copy the whole table for SQLite, whose rows others refer to.
        op.execute(
            f"ALTER TABLE {table} ADD COLUMN erratum_id INTEGER "
            f"CONSTRAINT fk_{table}_erratum_id REFERENCES errata (id)"
        )
        op.create_index(op.f(f'ix_{table}_erratum_id'), table, ['erratum_id'], unique=False)


def downgrade() -> None:
    """Downgrade schema."""
    for table in ('submissions', 'revisions'):
        op.drop_index(op.f(f'ix_{table}_erratum_id'), table_name=table)
        op.drop_column(table, 'erratum_id')
    for column in ('release', 'suffix', 'prefix'):
        op.drop_column('submissions', column)
    op.drop_table('changes')
    op.drop_table('errata')
