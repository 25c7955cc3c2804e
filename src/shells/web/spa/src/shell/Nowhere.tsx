import { Link } from "wouter";

export default function Nowhere() {
  return (
    <div className="card empty">
      <h1>There is no such page</h1>
      <Link href="/">Write a post</Link>
    </div>
  );
}
